-- Found by the numbers of a million that wait: a look for what is due was planned while few waited, joined what it had found to the whole table, and
-- so read all that waits at every look, ten times a second (300,000 waiting, 500 due: 4,218 pages and 74 ms a look, 2,010 and 0.8 ms by place).

-- What is due is taken: found by its hour, locked, and taken away by its place, so that no plan can come upon what waits. A row that somebody
-- moves between the look and the lock is looked at anew: it is not due any more, or is taken as it is now, or stays for the next look.
create function take_due(room int)
returns table (workspace text, kind text, subject text, id text, due_at timestamptz, basis text)
language sql set enable_seqscan = off set enable_bitmapscan = off as $$
  delete from wakeup w
  where w.ctid = any (array(select d.ctid from wakeup d where d.due_at <= now() order by d.due_at limit room for update skip locked))
  returning w.workspace, w.kind, w.subject, w.id, w.due_at, w.basis
$$;
revoke execute on function take_due(int) from public;
grant execute on function take_due(int) to inlet_loops;

-- In how many milliseconds the next one is due; null: none waits. On a plan of its own for the same reason.
create function next_due_ms() returns float8
language sql set enable_seqscan = off set enable_bitmapscan = off as $$
  select ceil(extract(epoch from due_at - now()) * 1000)::float8 from wakeup order by due_at limit 1
$$;
revoke execute on function next_due_ms() from public;
grant execute on function next_due_ms() to inlet_loops;

-- What has rung and what was cancelled lies in the way of a look until it is swept up. By the usual share, a fifth of the table, these would be
-- hundreds of thousands beside a million: here it is a hundredth, so that what was cancelled minutes before its hour is gone by then.
alter table wakeup set (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.01);
