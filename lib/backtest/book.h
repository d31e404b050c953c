/* SPDX-License-Identifier: Apache-2.0 */
/* Explicit orders at work: how they come, fill, age and go. */
#ifndef CRUCIBLE__BOOK_H
#define CRUCIBLE__BOOK_H

#include "backtest/order_fill.h"

/* Requests of a close become orders, or records of why not. */
void crucible__book_request(const crucible__scene *scene,
                            const crucible__wish *wish);

/* Before anything fills: what was cancelled, or cannot go on, ends. */
void crucible__book_clear(const crucible__scene *scene);

/* Market orders that only reduce, of those that were sent. */
void crucible__book_reduce(const crucible__scene *scene,
                           const crucible__market_point *open);

/* What rests or waits and was passed by the open. */
void crucible__book_pass(const crucible__scene *scene,
                         const crucible__market_point *open);

/* The others that were sent arrive; which: CRUCIBLE__ARRIVE_*. */
void crucible__book_arrive(const crucible__scene *scene,
                           const crucible__market_point *open, int32_t which);

/* Market orders that were decided at this close fill at it. */
void crucible__book_arrive_at_close(const crucible__scene *scene,
                                    const crucible__market_point *close,
                                    int32_t which);

/* One bar less to live. */
void crucible__book_age(const crucible__scene *scene);

/* An order with that number of OCO has filled, at least in part: its partners
   end. */
void crucible__book_filled(const crucible__scene *scene,
                           const crucible__order *order, uint32_t oco);

/* Trailing stops follow a price that a leg came to. */
void crucible__book_follow(const crucible__scene *scene, double middle);

/* The same for one of them, whose anchor is set. */
void crucible__book_trail(const crucible__terms *terms, crucible__order *order,
                          double middle);

/* Whether bytes that were read can be a book. */
int crucible__book_is_sound(const crucible__book *book);

#endif
