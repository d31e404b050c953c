# SPDX-License-Identifier: Apache-2.0
"""A second account, written from the trading rules and not from the C code.

Slow and plain, to be read beside docs/modules/backtest.md:

  words      the names of the numbers in records, plans and requests
  rounding   to the tick and to the lot, in decimals
  prices     a bar's quotes, what a taker pays, what a maker gets
  orders     an order from its decision to its record
  ledger     what a fill does to cash, position and trades
  levels     stop, trail, target, rungs, price of liquidation
  sizing     how much to order, and how much of it can be paid
  arrive     what the open of a bar does to orders that were sent
  walk       the bar's path and what it meets
  decide     what is wanted at a close: scores, signals, targets, requests
  account    the order of things in a bar
  group      several accounts with one cash

The account is a bag of plain fields; each module has the functions of its
subject and takes the account as `a`.
"""
