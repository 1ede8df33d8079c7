"""What is written under a pull request, and what was agreed to there.

All of it needs nothing but Python: it runs beside untrusted data, before anything is installed.
"""
