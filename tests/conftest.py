"""Fixtures that several packages' tests use."""

from hypothesis import Phase, settings

pytest_plugins = ["live.elastic_node", "live.postgres", "live.s3"]

# For bench.mutants: whether a mutant is killed must not hang on luck, and how simple the example is
# that kills it does not matter.
settings.register_profile(
    "mutants",
    derandomize=True,
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
