/* cartpole.c -- a pole on a cart is learned to balance: the game in C, the learner compiled from
 * policy.dsl.
 *
 *     gradc --emit=lib policy.dsl                            makes policy.c and policy.h
 *     cc cartpole.c policy.c $(gradc --cc-flags) -o cartpole && ./cartpole
 *
 * The game is CartPole-v1 of Gymnasium (Barto, Sutton and Anderson 1983): a push of 10 N to the
 * left or to the right 50 times a second, a reward of 1 a step, until the pole leans more than 12
 * degrees, the cart leaves the track, or 500 steps are over.
 *
 * Expected: the mean of 100 games, of at most 500 steps, is above 195; exit status 0. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy.h"

enum { LONGEST = 500, UPDATES = 100, GAMES = 100, SOLVED = 195 };

static const double discount = 0.99;

/* ---- the game ---- */

typedef struct Cart {
    double x, v, angle, spin; /* m, m/s, rad, rad/s */
} Cart;

/* A number in [0, 1): a small generator of our own, so that the run is the same everywhere. */
static double next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / (double)(1ull << 53);
}

static Cart begin_game(uint64_t *random)
{
    Cart cart;
    double *const all[] = {&cart.x, &cart.v, &cart.angle, &cart.spin};
    for (int i = 0; i < 4; i++)
        *all[i] = 0.1 * next_random(random) - 0.05;
    return cart;
}

/* One fiftieth of a second, by Euler's method.  Does the game go on? */
static int push(Cart *cart, int action)
{
    const double gravity = 9.8, cart_mass = 1, pole_mass = 0.1, half_length = 0.5, time = 0.02;
    const double mass = cart_mass + pole_mass, force = action ? 10 : -10;
    const double sine = sin(cart->angle), cosine = cos(cart->angle);
    const double rest = (force + pole_mass * half_length * cart->spin * cart->spin * sine) / mass;
    const double spin_rate = (gravity * sine - cosine * rest) /
                             (half_length * (4.0 / 3 - pole_mass * cosine * cosine / mass));
    const double acceleration = rest - pole_mass * half_length * spin_rate * cosine / mass;
    cart->x += time * cart->v;
    cart->v += time * acceleration;
    cart->angle += time * cart->spin;
    cart->spin += time * spin_rate;
    return fabs(cart->x) <= 2.4 && fabs(cart->angle) <= 12 * acos(-1) / 180;
}

/* ---- what was seen, done and worth it ---- */

typedef struct Memory {
    float observation[POLICY_MAX_BATCH][4];
    int32_t action[POLICY_MAX_BATCH];
    float weight[POLICY_MAX_BATCH];
    int count;
} Memory;

/* Every function says 0 for success; policy_error() has the reason otherwise. */
static void check(int status, const policy *model)
{
    if (status == 0)
        return;
    fprintf(stderr, "cartpole: %s\n", policy_error(model));
    exit(status);
}

/* One game: actions are drawn as likely as the policy has them.  Its steps. */
static int play(policy *model, Memory *memory, uint64_t *random)
{
    Cart cart = begin_game(random);
    int steps = 0, goes_on = 1;
    for (; goes_on && steps < LONGEST; steps++) {
        const float seen[4] = {(float)cart.x, (float)cart.v, (float)cart.angle, (float)cart.spin};
        float probability[2];
        check(policy_predict(model, 1, seen, probability), model);
        const int action = next_random(random) < probability[1];
        const int at = memory->count + steps;
        for (int i = 0; i < 4; i++)
            memory->observation[at][i] = seen[i];
        memory->action[at] = action;
        goes_on = push(&cart, action);
    }
    double worth = 0;
    for (int i = steps - 1; i >= 0; i--) {
        worth = 1 + discount * worth;
        memory->weight[memory->count + i] = (float)worth;
    }
    memory->count += steps;
    return steps;
}

/* Weights with mean 0 and deviation 1. */
static void standardize(Memory *memory)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < memory->count; i++)
        sum += memory->weight[i];
    const double mean = sum / memory->count;
    for (int i = 0; i < memory->count; i++)
        squares += (memory->weight[i] - mean) * (memory->weight[i] - mean);
    const double deviation = sqrt(squares / memory->count) + 1e-8;
    for (int i = 0; i < memory->count; i++)
        memory->weight[i] = (float)((memory->weight[i] - mean) / deviation);
}

/* As many games as there is room for, and what they teach.  The mean of their steps. */
static double learn(policy *model, Memory *memory, uint64_t *random)
{
    int games = 0;
    double loss;
    memory->count = 0;
    for (; memory->count + LONGEST <= POLICY_MAX_BATCH; games++)
        play(model, memory, random);
    standardize(memory);
    check(policy_train_step(model, memory->count, memory->observation[0], memory->action,
                            memory->weight, &loss),
          model);
    return (double)memory->count / games;
}

static double mean_of_games(policy *model, Memory *memory, uint64_t *random)
{
    int steps = 0;
    for (int game = 0; game < GAMES; game++) {
        memory->count = 0;
        steps += play(model, memory, random);
    }
    return (double)steps / GAMES;
}

int main(int argc, char **argv)
{
    static Memory memory;
    const int updates = argc > 1 ? atoi(argv[1]) : UPDATES;
    uint64_t random = 1;
    policy *model = policy_create(1);
    if (!model) {
        fprintf(stderr, "cartpole: %s\n", policy_error(NULL));
        return 3;
    }
    for (int update = 1; update <= updates; update++) {
        const double steps = learn(model, &memory, &random);
        if (update % 10 == 0)
            printf("update %d: %.0f steps a game\n", update, steps);
    }
    const double steps = mean_of_games(model, &memory, &random);
    printf("test: steps %.1f, the mean of %d games\n", steps, GAMES);
    check(policy_save(model, "policy.safetensors"), model);
    policy_destroy(model);
    return steps >= SOLVED ? 0 : 1;
}
