-- A new installation has no statistics for a minute, and plans are made as if its tables held nothing: the list of tickets read and sorted
-- all of them (8.8 ms for 1,200, then 0.25 ms), an update walked another index. So whoever works looks whether a table has outgrown what is known of it.

-- Analyzes the table that has outgrown its statistics most; null when there is none. One a call, so that nothing is locked for long.
-- A sample of 3,000 rows, at 100, 500, 2,100, 8,500 and 34,100 rows: enough to know that a table is large, and no load that others feel.
-- The server's own autovacuum goes on beside it and knows better later: this one only cares for tables that grow faster than it looks.
create function freshen_statistics() returns text
language plpgsql security definer set search_path = inlet, pg_catalog, pg_temp set default_statistics_target = 10 as $$
declare
  outgrown regclass;
begin
  if not pg_try_advisory_xact_lock(7202600005) then return null; end if;
  select s.relid into outgrown from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where s.schemaname = 'inlet' and c.reltuples < 10000 and s.n_mod_since_analyze > 100 + 3 * greatest(c.reltuples, 0)
  order by s.n_mod_since_analyze / (100 + greatest(c.reltuples, 0)) desc limit 1;
  if outgrown is null then return null; end if;
  execute format('analyze (skip_locked) %s', outgrown);
  return outgrown::text;
end $$;
revoke execute on function freshen_statistics() from public;
grant execute on function freshen_statistics() to inlet_loops;
