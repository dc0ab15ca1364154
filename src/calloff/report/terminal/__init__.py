"""Results on the screen.

screen: lines, tables, progress
inspection: what was found in an input
correlation: how horizons hang together
scores: a backtest's scores
overrides: a planner's own numbers, scored
value_added: what each step to a forecast is worth
doubts: plans to distrust, and why
forecast: a forecast
plan_accuracy: how good the plans were
planning_figures: the same in the planning trade's figures
training: networks trained
sums: sums by plant, customer, product group or class
results: a report in a few lines
adding: what was new in files that were added to a store
ledger: forecasts that were written down, and how good they were
demo: the demo's summary
"""
