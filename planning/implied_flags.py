"""Compatibility flags that others bring along from a day on, as the pinned workerd lists them.

`nodejs_compat` is one of them, and by itself on from a day on. What a newer workerd changes is said
by `tests/planning/test_runtime_flags.py`, which reads the list out of the runtime itself.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Implied(NamedTuple):
    """What brings a flag along."""

    since: str
    """First compatibility date for which it does."""

    by: tuple[str, ...]
    """Flags, any of which does, by itself on or by name."""


IMPLIED: Mapping[str, Implied] = {
    "cache_no_cache_enabled": Implied("2025-08-07", ("cache_option_enabled",)),
    "enable_global_performance_classes": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_child_process_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_cluster_module": Implied("2025-12-04", ("nodejs_compat",)),
    "enable_nodejs_console_module": Implied("2025-09-21", ("nodejs_compat",)),
    "enable_nodejs_dgram_module": Implied("2026-01-29", ("nodejs_compat",)),
    "enable_nodejs_domain_module": Implied("2025-12-04", ("nodejs_compat",)),
    "enable_nodejs_fs_module": Implied("2025-09-15", ("nodejs_compat",)),
    "enable_nodejs_global_timers": Implied("2026-02-10", ("nodejs_compat",)),
    "enable_nodejs_http2_module": Implied("2025-09-01", ("nodejs_compat",)),
    "enable_nodejs_http_modules": Implied("2025-08-15", ("nodejs_compat",)),
    "enable_nodejs_http_server_modules": Implied("2025-09-01", ("enable_nodejs_http_modules",)),
    "enable_nodejs_inspector_module": Implied("2026-01-29", ("nodejs_compat",)),
    "enable_nodejs_os_module": Implied("2025-09-15", ("nodejs_compat",)),
    "enable_nodejs_perf_hooks_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_process_v2": Implied("2025-09-15", ("nodejs_compat",)),
    "enable_nodejs_punycode_module": Implied("2025-12-04", ("nodejs_compat",)),
    "enable_nodejs_readline_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_repl_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_sqlite_module": Implied("2026-01-29", ("nodejs_compat",)),
    "enable_nodejs_stream_wrap_module": Implied("2026-01-29", ("nodejs_compat",)),
    "enable_nodejs_trace_events_module": Implied("2025-12-04", ("nodejs_compat",)),
    "enable_nodejs_tty_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_v8_module": Implied("2026-03-17", ("nodejs_compat",)),
    "enable_nodejs_vm_module": Implied("2025-10-01", ("nodejs_compat",)),
    "enable_nodejs_wasi_module": Implied("2025-12-04", ("nodejs_compat",)),
    "enable_nodejs_worker_threads_module": Implied("2026-03-17", ("nodejs_compat",)),
    "fetch_iterable_type_support_override_adjustment": Implied(
        "2026-01-15", ("fetch_iterable_type_support",)
    ),
    "nodejs_compat_populate_process_env": Implied("2025-04-01", ("nodejs_compat",)),
    "nodejs_compat_v2": Implied("2024-09-23", ("nodejs_compat",)),
    "nodejs_zlib": Implied(
        "2024-09-23",
        (
            "nodejs_compat",
            "nodejs_compat_v2",
        ),
    ),
    "python_check_rng_state": Implied("2025-12-16", ("python_workers",)),
    "python_dedicated_snapshot": Implied("2025-10-16", ("python_workers_20250116",)),
    "python_shared_standard_library": Implied("2026-11-19", ("python_workers",)),
    "python_workers_20250116": Implied("2025-09-29", ("python_workers",)),
    "python_workers_314": Implied("2026-09-08", ("python_workers",)),
    "python_workflows": Implied("2025-09-20", ("python_workers",)),
    "python_workflows_implicit_dependencies": Implied("2026-02-25", ("python_workers",)),
    "remove_nodejs_compat_eol": Implied("2025-09-01", ("nodejs_compat",)),
    "remove_nodejs_compat_eol_v22": Implied("2027-04-30", ("remove_nodejs_compat_eol",)),
    "remove_nodejs_compat_eol_v23": Implied("2025-09-01", ("remove_nodejs_compat_eol_v24",)),
    "remove_nodejs_compat_eol_v24": Implied("2028-04-30", ("remove_nodejs_compat_eol",)),
    "strip_bom_in_read_all_text": Implied("2026-01-13", ("pedantic_wpt",)),
    "text_decoder_replace_surrogates": Implied("2026-02-24", ("pedantic_wpt",)),
}
"""By the flag that is brought along."""
