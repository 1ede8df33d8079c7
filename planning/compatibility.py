"""Compatibility flags that became the default of Workers, and since which date."""

from datetime import date

from planning.refusals import RefusedError

DEFAULT_SINCE = {
    "formdata_parser_supports_files": "2021-11-03",
    "durable_object_fetch_requires_full_url": "2021-11-10",
    "fetch_refuses_unknown_protocols": "2021-11-10",
    "streams_byob_reader_detaches_buffer": "2021-11-10",
    "workers_api_getters_setters_on_prototype": "2022-01-31",
    "no_cots_on_external_fetch": "2022-03-08",
    "global_navigator": "2022-03-21",
    "minimal_subrequests": "2022-04-05",
    "dont_substitute_null_on_type_error": "2022-06-01",
    "r2_list_honor_include": "2022-08-04",
    "capture_async_api_throws": "2022-10-31",
    "export_commonjs_default": "2022-10-31",
    "url_standard": "2022-10-31",
    "streams_enable_constructors": "2022-11-30",
    "transformstream_enable_standard_constructor": "2022-11-30",
    "dynamic_dispatch_tunnel_exceptions": "2023-03-01",
    "http_headers_getsetcookie": "2023-03-01",
    "response_redirect_url_standard": "2023-03-14",
    "urlsearchparams_delete_has_value_arg": "2023-07-01",
    "no_cf_botmanagement_default": "2023-08-01",
    "strict_compression_checks": "2023-08-01",
    "strict_crypto_checks": "2023-08-01",
    "web_socket_compression": "2023-08-15",
    "vectorize_query_metadata_optional": "2023-11-08",
    "crypto_preserve_public_exponent": "2023-12-01",
    "no_global_importscripts": "2024-03-04",
    "queues_json_messages": "2024-03-18",
    "fetcher_no_get_put_delete": "2024-03-26",
    "unwrap_custom_thenables": "2024-04-01",
    "rpc": "2024-04-03",
    "brotli_content_encoding": "2024-04-29",
    "internal_stream_byob_return_view": "2024-05-13",
    "blob_standard_mime_type": "2024-06-03",
    "fetch_standard_url": "2024-06-03",
    "allow_custom_ports": "2024-09-02",
    "internal_writable_stream_abort_clears_queue": "2024-09-02",
    "set_tostring_tag": "2024-09-26",
    "handle_cross_request_promise_resolution": "2024-10-14",
    "upper_case_all_http_methods": "2024-10-14",
    "cache_option_enabled": "2024-11-11",
    "disable_top_level_await_in_require": "2024-12-02",
    "fixup-transform-stream-backpressure": "2024-12-16",
    "assets_navigation_prefers_asset_serving": "2025-04-01",
    "request_cf_overrides_cache_rules": "2025-04-02",
    "cache_api_compat_flags": "2025-04-19",
    "urlpattern_standard": "2025-05-01",
    "enable_weak_ref": "2025-05-05",
    "cache_api_request_cf_overrides_cache_rules": "2025-05-19",
    "enable_navigator_language": "2025-05-19",
    "allow_eval_during_startup": "2025-06-01",
    "bind_asynclocalstorage_snapshot_to_request": "2025-06-16",
    "throw_on_unrecognized_import_assertion": "2025-06-16",
    "set_event_target_this": "2025-08-01",
    "set_forwardable_email_full_headers": "2025-08-01",
    "python_workers_force_new_vendor_path": "2025-08-11",
    "python_no_global_handlers": "2025-08-14",
    "expose_global_message_channel": "2025-08-15",
    "strip_authorization_on_cross_origin_redirect": "2025-09-01",
    "enable_validate_workflow_entrypoint": "2025-09-20",
    "enable_ctx_exports": "2025-11-17",
    "enable_fast_jsg_struct": "2025-12-03",
    "strip_bom_in_read_all_text": "2026-01-13",
    "rpc_params_dup_stubs": "2026-01-20",
    "require_returns_default_export": "2026-01-22",
    "python_request_headers_preserve_commas": "2026-02-17",
    "fetch_iterable_type_support": "2026-02-19",
    "delete_all_deletes_alarm": "2026-02-24",
    "text_decoder_replace_surrogates": "2026-02-24",
    "text_decoder_cjk_decoder": "2026-03-03",
    "unhandled_rejection_after_microtask_checkpoint": "2026-03-03",
    "websocket_close_reason_byte_limit": "2026-03-03",
    "queue_expose_error_codes": "2026-03-12",
    "websocket_standard_binary_type": "2026-03-17",
    "encoder_stream_spec_compliant_backpressure": "2026-03-24",
    "writable_stream_spec_compliant_writer": "2026-03-24",
    "containers_pid_namespace": "2026-04-01",
    "web_socket_auto_reply_to_close": "2026-04-07",
    "enable_python_external_sdk": "2026-04-21",
    "enhanced_error_serialization": "2026-04-21",
    "workflows_preserve_non_retryable_error_message": "2026-05-14",
    "diagnostics_channel_has_subscribers_getter": "2026-05-19",
    "python_process_pth_files": "2026-05-26",
    "throw_on_not_implemented_tls_options": "2026-06-16",
    "nodejs_compat": "2026-08-04",
    "nodejs_compat_v2": "2026-08-04",
    "workflows_enable_fast_engine_creation": "2026-08-11",
}
"""Flag to the compatibility date that implies it (workerd, `compatibility-date.capnp`, 2026-08)."""


def check_date(text: str) -> str:
    """Give a compatibility date back, or refuse what is no day as YYYY-MM-DD."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusedError("a compatibility date is a day as YYYY-MM-DD") from None
    if day.isoformat() != text or day.year < FIRST_YEAR:
        raise RefusedError(f"a compatibility date is a day as YYYY-MM-DD, from {FIRST_YEAR} on")
    return text


FIRST_YEAR = 2021


def check_flag(flag: str, compatibility_date: str) -> str:
    """Give *flag* back, or refuse it where *compatibility_date* already implies it."""
    since = DEFAULT_SINCE.get(flag)
    if since is not None and since <= compatibility_date:
        raise RefusedError(
            f"{flag} is the default since {since}, which compatibility date "
            f"{compatibility_date} implies; remove the flag"
        )
    return flag
