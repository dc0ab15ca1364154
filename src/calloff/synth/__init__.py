"""Synthetic customers of which the truth is known: for the demo, the docs, the tests, to judge
forecasts by, and to train networks on.

customer: one daily customer with everything that real ones do
export: its file, in the columns of a real one, faults included
edi: its plans and call-offs as EDI messages
history: the plans of a customer, as arrays, a triangle or a table
working_time: full, short and idle periods
production: what is built, and schedules for it
materials: which parts that needs, and for how long
ordering: from needs to call-offs and plans: stock and lots
habits: what a customer does to its plans before it sends them
making: a customer from its settings, and the truth about it
bank: customers of many kinds, by which forecasts are judged
random_kind: what a random customer is like
random_customer: customers of all kinds, drawn at random, to train on
random_settings: settings of simulated customers, drawn at random, to train on
"""

from calloff.synth.bank import BANK, bank
from calloff.synth.customer import Customer, Truth, make
from calloff.synth.edi import write_edi
from calloff.synth.export import export_header, export_rows, write_export
from calloff.synth.history import History
from calloff.synth.making import Made, Settings, make_customer
from calloff.synth.random_customer import random_customer
from calloff.synth.random_kind import RandomKind, random_kind
from calloff.synth.random_settings import random_settings

__all__ = ["BANK", "Customer", "History", "Made", "RandomKind", "Settings", "Truth", "bank",
           "export_header", "export_rows", "make", "make_customer", "random_customer",
           "random_kind", "random_settings", "write_edi", "write_export"]  # fmt: skip
