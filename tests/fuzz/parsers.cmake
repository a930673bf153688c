# What the fuzz targets parse with, and what that needs: the files of src/ that a build for fuzzing compiles. When a target
# does not link, look for the file that defines what the linker misses, and add it.
set(parsers
    core/blocking_pool.cc core/bytes.cc core/check.cc core/code_points.cc core/config_reader.cc core/json.cc core/json_at.cc core/json_line.cc core/log.cc
    core/log_config.cc core/log_level.cc core/log_limiter.cc core/pretty_json.cc core/result.cc core/shown.cc core/utf8.cc
    net/address.cc net/address_range.cc net/byte_stream.cc net/endpoint_config.cc net/loop_time.cc net/network.cc net/socket_file.cc
    net/timer.cc net/wakeup.cc
    http/body_reader.cc http/cache_control.cc http/chunk_decoder.cc http/date.cc http/etag.cc http/head.cc
    http/head_buffer.cc http/idle_connections.cc http/head_scan.cc http/head_writer.cc http/percent.cc http/query.cc http/range.cc
    http/request_body.cc http/request_head.cc http/request_target.cc http/response_head.cc http/server_session.cc
    service/handover.cc
    storage/checked_text.cc storage/crc32c.cc storage/disk_probe.cc storage/drive_choice.cc storage/drive_id.cc storage/epochs.cc storage/known_drives.cc storage/small_file.cc storage/index_shard.cc storage/scrub_walk.cc
    storage/segment_format.cc storage/segment_reader.cc storage/slice_index.cc storage/system_disk.cc
    origin/authority.cc origin/object_id.cc origin/origin_config.cc origin/lookup_queue.cc origin/name_table.cc origin/path_pattern.cc origin/resolver.cc
    origin/rule_set.cc origin/shipped_rules.cc origin/target.cc origin/url_target.cc
    cache/object_info.cc cache/purge.cc cache/purge_list.cc cache/versions.cc
    node/ctl.cc node/ctl_client.cc node/ctl_view.cc node/drain_state.cc node/node_config.cc node/purge_order.cc
    node/scrub_order.cc
    database/value.cc
    ledger/actor.cc ledger/audit.cc ledger/email.cc ledger/organisation_ref.cc ledger/page_query.cc ledger/problem.cc
    ledger/ref.cc ledger/secret.cc ledger/text.cc ledger/text_gate.cc ledger/time.cc
    identity/api_tokens.cc identity/browser_seal.cc identity/jwt.cc identity/principal.cc identity/totp.cc
    space/block_place.cc space/cidr_list.cc space/meant_address.cc space/special_ranges.cc
    fleet/node.cc fleet/node_rules.cc
    api/call.cc api/form.cc api/json_body.cc api/portal_url.cc api/problem_document.cc api/session_cookie.cc
    endpoints/node_form.cc
    portal/portal_config.cc
    terminal/printable.cc terminal/table.cc terminal/wording.cc
    command_line/quantity.cc
    apply/claims.cc apply/difference.cc apply/fleet.cc apply/fleet_file.cc apply/form.cc apply/mistakes.cc
    apply/node_settings.cc apply/plan.cc apply/plan_view.cc apply/present.cc apply/yaml_parser.cc apply/yaml_value.cc
    apply/yaml_writer.cc)
