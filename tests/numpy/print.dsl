# Tensors of many layouts; made by reference.py.
print load("print.npz", "t0")
print load("print.npz", "t1"), precision = 8
print load("print.npz", "t2")
print load("print.npz", "t3"), precision = 8
print load("print.npz", "t4"), linewidth = 40
print load("print.npz", "t5"), edgeitems = 2, threshold = 50
print load("print.npz", "t6"), edgeitems = 2, threshold = 50
print load("print.npz", "t7"), edgeitems = 2, threshold = 50
print load("print.npz", "t8"), linewidth = 40
print load("print.npz", "t9")
print load("print.npz", "t10")
print load("print.npz", "t11"), linewidth = 40
print load("print.npz", "t12"), edgeitems = 2, threshold = 50
print load("print.npz", "t13"), edgeitems = 2, threshold = 50
print load("print.npz", "t14"), edgeitems = 2, threshold = 50
print load("print.npz", "t15"), precision = 8
print load("print.npz", "t16"), linewidth = 40
print load("print.npz", "t17"), linewidth = 40
print load("print.npz", "t18")
print load("print.npz", "t19"), precision = 2
print load("print.npz", "t20"), precision = 8
print load("print.npz", "t21"), edgeitems = 2, threshold = 50
print load("print.npz", "t22")
print load("print.npz", "t23")
print load("print.npz", "t24"), precision = 8
print load("print.npz", "t25"), precision = 2
print load("print.npz", "t26"), linewidth = 40
print load("print.npz", "t27"), linewidth = 40
print load("print.npz", "t28"), linewidth = 40
print load("print.npz", "t29"), edgeitems = 2, threshold = 50
print load("print.npz", "t30"), precision = 8
print load("print.npz", "t31"), edgeitems = 2, threshold = 50
print load("print.npz", "t32"), precision = 8
print load("print.npz", "t33")
print load("print.npz", "t34"), edgeitems = 2, threshold = 50
print load("print.npz", "t35")
print load("print.npz", "t36"), precision = 8
print load("print.npz", "t37"), linewidth = 40
print load("print.npz", "t38"), precision = 8
print load("print.npz", "t39"), precision = 2
print load("print.npz", "t40")
print load("print.npz", "t41"), linewidth = 40
print load("print.npz", "t42"), edgeitems = 2, threshold = 50
print load("print.npz", "t43")
print load("print.npz", "t44"), linewidth = 40
print load("print.npz", "t45"), precision = 8
print load("print.npz", "t46"), linewidth = 40
print load("print.npz", "t47")
print load("print.npz", "t48")
print load("print.npz", "t49"), linewidth = 40
print load("print.npz", "t50"), linewidth = 40
print load("print.npz", "t51")
print load("print.npz", "t52"), precision = 2
print load("print.npz", "t53"), precision = 8
print load("print.npz", "t54"), edgeitems = 2, threshold = 50
print load("print.npz", "t55"), edgeitems = 2, threshold = 50
print load("print.npz", "t56"), precision = 8
print load("print.npz", "t57")
print load("print.npz", "t58"), precision = 8
print load("print.npz", "t59")
print load("print.npz", "t60"), precision = 2
print load("print.npz", "t61"), edgeitems = 2, threshold = 50
print load("print.npz", "t62")
print load("print.npz", "t63"), linewidth = 40
print load("print.npz", "t64"), edgeitems = 2, threshold = 50
print load("print.npz", "t65")
print load("print.npz", "t66"), precision = 2
print load("print.npz", "t67"), precision = 2
print load("print.npz", "t68"), precision = 2
print load("print.npz", "t69")
print load("print.npz", "t70"), precision = 2
print load("print.npz", "t71")
print load("print.npz", "t72"), precision = 8
print load("print.npz", "t73")
print load("print.npz", "t74"), edgeitems = 2, threshold = 50
print load("print.npz", "t75")
print load("print.npz", "t76")
print load("print.npz", "t77")
print load("print.npz", "t78")
print load("print.npz", "t79")
print load("print.npz", "t80"), linewidth = 40
print load("print.npz", "t81"), precision = 2
print load("print.npz", "t82"), linewidth = 40
print load("print.npz", "t83")
print load("print.npz", "t84")
print load("print.npz", "t85"), precision = 8
print load("print.npz", "t86")
print load("print.npz", "t87")
print load("print.npz", "t88"), linewidth = 40
print load("print.npz", "t89"), edgeitems = 2, threshold = 50
print load("print.npz", "t90")
print load("print.npz", "t91")
print load("print.npz", "t92")
print load("print.npz", "t93"), precision = 2
print load("print.npz", "t94"), precision = 2
print load("print.npz", "t95"), edgeitems = 2, threshold = 50
print load("print.npz", "t96"), precision = 8
print load("print.npz", "t97"), linewidth = 40
print load("print.npz", "t98")
print load("print.npz", "t99"), precision = 2
print load("print.npz", "t100"), edgeitems = 2, threshold = 50
print load("print.npz", "t101")
print load("print.npz", "t102")
print load("print.npz", "t103")
print load("print.npz", "t104")
print load("print.npz", "t105"), linewidth = 40
print load("print.npz", "t106"), edgeitems = 2, threshold = 50
print load("print.npz", "t107")
print load("print.npz", "t108"), precision = 2
print load("print.npz", "t109"), edgeitems = 2, threshold = 50
print load("print.npz", "t110")
print load("print.npz", "t111"), edgeitems = 2, threshold = 50
print load("print.npz", "t112")
print load("print.npz", "t113"), edgeitems = 2, threshold = 50
print load("print.npz", "t114"), linewidth = 40
print load("print.npz", "t115"), precision = 8
print load("print.npz", "t116"), precision = 2
print load("print.npz", "t117"), linewidth = 40
print load("print.npz", "t118")
print load("print.npz", "t119")
print load("print.npz", "t120"), precision = 2
print load("print.npz", "t121"), edgeitems = 2, threshold = 50
print load("print.npz", "t122"), edgeitems = 2, threshold = 50
print load("print.npz", "t123"), edgeitems = 2, threshold = 50
print load("print.npz", "t124"), precision = 2
print load("print.npz", "t125"), edgeitems = 2, threshold = 50
print load("print.npz", "t126"), linewidth = 40
print load("print.npz", "t127"), edgeitems = 2, threshold = 50
print load("print.npz", "t128"), linewidth = 40
print load("print.npz", "t129")
print load("print.npz", "t130"), precision = 8
print load("print.npz", "t131"), precision = 2
print load("print.npz", "t132")
print load("print.npz", "t133")
print load("print.npz", "t134"), precision = 8
print load("print.npz", "t135")
print load("print.npz", "t136"), edgeitems = 2, threshold = 50
print load("print.npz", "t137")
print load("print.npz", "t138"), precision = 2
print load("print.npz", "t139"), precision = 2
print load("print.npz", "t140"), precision = 8
print load("print.npz", "t141"), edgeitems = 2, threshold = 50
print load("print.npz", "t142")
print load("print.npz", "t143"), edgeitems = 2, threshold = 50
print load("print.npz", "t144")
print load("print.npz", "t145"), edgeitems = 2, threshold = 50
print load("print.npz", "t146"), edgeitems = 2, threshold = 50
print load("print.npz", "t147"), precision = 8
print load("print.npz", "t148"), edgeitems = 2, threshold = 50
print load("print.npz", "t149")
