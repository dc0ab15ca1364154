"""How good the customer's plans are, without a forecast.

abc: which parts matter most, in money or pieces
correlation: how the horizons of one part hang together
plan_accuracy: error, bias, nervousness of the plans by part and lead
verdict: whether to believe a plan beside a forecast
"""
