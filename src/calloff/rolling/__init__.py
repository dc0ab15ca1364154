"""Standing on a past day: what was known then, what is asked, and what methods forecast.

spec: the frozen question: the lead
forecaster: the interface of a method: fit on a past, predict a query
blas: one thread for linear algebra, so that results do not depend on the cores
origins: the rolling origin: past days on which a forecast is asked for
answers: asking a method, once for each past
hindcasts: what methods would have forecast for past target days
evidence: forecasts of one method for target days ahead, beside those for past ones
long_table: hindcasts as a long table
"""
