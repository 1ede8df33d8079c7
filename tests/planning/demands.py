"""Demands of systems, made up by hypothesis."""

from hypothesis import strategies as st

from planning.demand import MEASURES, Demand

QUANTITY = st.integers(0, 10**12)
ZONES = st.frozensets(st.sampled_from(("chitty.cc", "itty.cc", "eu.chitty.cc")))
FIXED = st.dictionaries(
    st.sampled_from(("onepassword.user", "server.aws", "server.hetzner")), st.integers(0, 9)
)
CRONS = st.lists(st.sampled_from(("* * * * *", "0 0 L * *")), max_size=4).map(tuple)

DEMAND = st.builds(
    Demand,
    crons=CRONS,
    advanced_certificate_zones=ZONES,
    fixed=FIXED,
    **dict.fromkeys(MEASURES, st.just(0) | QUANTITY),
)
DEMANDS = st.dictionaries(st.text("abcdef-", min_size=1, max_size=8), DEMAND, max_size=4)
