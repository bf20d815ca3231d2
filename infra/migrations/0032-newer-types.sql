-- A group was given the events of its own types only. While old and new releases run side by side an old one may hold the partition in which a
-- type lies that only the new one knows: it went past, and the new one, which reads on where the group stands, never saw it. So a group is told
-- what to leave out (the types this build knows and the group does not listen to), and what nobody here knows comes to it, to be set aside (G18).

-- As log_read, which the release before still calls, but for all types other than these. On one plan: left to itself the server planned each of
-- a few hundred looks a second anew, at half a millisecond each.
create function log_read_but(lanes json, others text[], since date) returns table (i int, "position" bigint, day date, event text)
language plpgsql security definer set search_path = inlet, pg_temp set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
begin
  return query select x.* from (
    select w.i, e.position, e.day, e.event::text as event
    from json_to_recordset(lanes) as w (i int, t text, p int, a bigint, b bigint, q int)
    cross join lateral (
      select v.position, v.day, v.event from log_event v
      where v.topic = w.t and v.partition = w.p and v.position >= w.a and v.position < w.b and v.day >= since and v.type <> all(others)
      order by v.position limit w.q
    ) e
    union all
    select w.i, l.next, null, null
    from json_to_recordset(lanes) as w (i int, t text, p int)
    cross join lateral (select s.next from log_partition s where s.topic = w.t and s.partition = w.p limit 1) l
  ) x order by x.i, x.event is null, x.position;
end $$;
revoke all on function log_read_but(json, text[], date) from public;
grant execute on function log_read_but(json, text[], date) to inlet_loops;
