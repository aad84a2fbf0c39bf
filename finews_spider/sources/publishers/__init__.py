"""The answers of publishers other than Eastmoney: one module for each publisher, and one for feeds."""
