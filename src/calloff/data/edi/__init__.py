"""Delivery schedules as EDI: EDIFACT DELFOR and DELJIT, VDA 4905, X12 830 and 862, SAP's DELFOR02.

recognition: which of these a content is
faults: what is wrong with a message, and where
numbers: quantities as text
periods: days, weeks, months and spans as each format writes them
schedules: what was read, as tables
cumulative: cumulative quantities as differences
messages: one message while it is read, and all of a file
edifact: segments of EDIFACT
segment_reader: what readers of messages made of segments have in common
ship_to: for whom a quantity is, as segments of names come by
delfor: DELFOR and DELJIT
envelopes: messages one after the other in a file, and what is around them
interchange: interchanges of EDIFACT and the messages in them
x12: segments of X12
planning_schedule: 830 and 862
transactions: interchanges of X12 and the messages in them
vda4905: VDA 4905
idoc: DELFOR01 and DELFOR02 as XML
reading: all of a file
"""

from calloff.data.edi.reading import read_messages
from calloff.data.edi.recognition import edi_format
from calloff.data.edi.schedules import Schedules

__all__ = ["Schedules", "edi_format", "read_messages"]
