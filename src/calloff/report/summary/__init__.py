"""The results as one frozen value, which terminal, HTML and workbook show and none of them decides
again.

accuracy: how good the plans were
planning_figures: the planning trade's figures of the plans
evidence: what reasons are made of
reasons: how a forecast came about, and why its plan is believed or doubted
plan_list: each plan beside its forecast, with range and verdict
forecast: the forecast of an as-of day
scores: how good the methods and the planner's own numbers were
card: the scorecard of forecasts that were written down
curves: loss curves of the network behind a forecast
horizons: how the horizons hang together over all parts
findings: what was found in the input
part_pages: plans, call-offs and past forecasts of each part
labels: what parts are sorted and added up by
summarise: all of them together
"""
