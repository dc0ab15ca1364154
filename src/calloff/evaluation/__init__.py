"""Backtests, scores, and the choice of a method.

metrics: measures of error as plain functions
planning_figures: accuracy index, weighted bias and schedule instability as plain functions
tracking: tracking signals as plain functions
figure_tables: both as tables, from a long table of plans
past_figures: the same of the plans that a past holds
backtest: each target day forecast from its own past, as a long table
scores: scores of such a table
comparison: whether one method is better than another
selection: the method to use, from its past errors
value_added: what each step from the last call-off to own numbers is worth
period_backtest: the same for sums over several target days
"""
