"""What was forecast is written down before it comes true, and scored when it has come.

question: what a forecast was asked, as it can be asked again
tables: tables of forecasts and of what came, in the folder of the store
database: which of them count, and a planner's own numbers
runs: forecasts that were made for use
own_numbers: a planner's numbers beside them
withdrawing: forecasts that are taken back
outcomes: what came
scorecard: how good the forecasts were
figures: plans and forecasts in the planning trade's figures
repeating: a forecast made again, to the bit
"""
