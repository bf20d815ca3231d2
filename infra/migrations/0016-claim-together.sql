-- Replies are claimed by one statement for all accounts. A few statements a reply and an account cost 4 to 7 ms for ten replies of twenty
-- accounts (measured), and while one claim runs every other one waits, and the lanes with it.

drop function take_tokens(text, text, text, text, timestamptz, json);

-- Claims are made one after the other in the whole installation: so buckets hold over all processes, and no two claims wait for each other.
-- `limits`: as in 0011; those of an account are numbered, its first is `…:0`. Of a conversation only its oldest unfinished reply may go;
-- behind an unsure one all wait. A lease that reaches farther than any lease can was given before the clock jumped back: it
-- has run out as well. Tables are reached by keys in nested loops only, so that a plan made while they were empty stays right,
-- and planned once a connection: planning takes longer than claiming.
create or replace function claim_deliveries(room int, lease interval, per_account int, limits json)
returns table (workspace text, id text, message text, ticket text, conversation text, channel text, account text, attempt int, tries int, correlation text,
  outbound json, queued_at timestamptz, customer_at timestamptz, was_sending boolean)
language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  t timestamptz;
begin
  perform pg_advisory_xact_lock(7202600003);
  t := clock_timestamp();
  return query
  with recursive lane as (
    (select p.workspace, p.channel, p.account from reply p where p.state in ('queued', 'sending') order by 1, 2, 3 limit 1)
    union all
    select n.workspace, n.channel, n.account from lane l cross join lateral (
      select p.workspace, p.channel, p.account from reply p
      where p.state in ('queued', 'sending') and (p.workspace, p.channel, p.account) > (l.workspace, l.channel, l.account)
      order by 1, 2, 3 limit 1) n
  ), home as materialized (
    select l.workspace, l.channel, l.account, l.channel || ':' || l.account || ':' as bucket, count(*) over () as lanes, coalesce(o.own -> 'limits', '[]') as own,
      least(per_account, coalesce((o.own ->> 'atOnce')::int, per_account)) as at_once
    from lane l cross join lateral (
      select case when json_typeof(limits -> l.channel) is distinct from 'object' then json_build_object('limits', coalesce(limits -> l.channel, '[]'))
        else coalesce(limits -> l.channel -> 'of' -> (select a.settings ->> (limits -> l.channel ->> 'setting') from account a
          where a.workspace = l.workspace and a.channel = l.channel and a.id = l.account), limits -> l.channel) end as own offset 0) o
    where not exists (select from account_hold h where h.workspace = l.workspace and h.channel = l.channel and h.account = l.account
      and (h.until is null or h.until > t))
    order by (select min(f.seq) from reply f where f.workspace = l.workspace and f.channel = l.channel and f.account = l.account
      and f.state in ('queued', 'sending'))
  ), picked as materialized (
    -- What a bucket lets through: −1 is none, said by a clock that was set back since, so the bucket has to be written anew.
    select c.*, s.lets
    from home h cross join lateral (
      select coalesce(min(coalesce((
          select case when k.at > t and k.tokens < 1 then -1 else floor(least(l.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * l.most / l.per)) end
          from bucket k where k.workspace = h.workspace and k.name = h.bucket || l.n), floor(l.most))), room) as lets
      from (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(h.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
      where l.scope = 'account'
    ) s cross join lateral (
      select p.workspace, p.id, h.bucket, h.own, p.seq, p.state, o.recipient, o.lets_recipient
      from reply p cross join lateral (
        select w.recipient, (
          select coalesce(min(coalesce((
              select case when k.at > t and k.tokens < 1 then -1 else floor(least(l.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * l.most / l.per)) end
              from bucket k where k.workspace = p.workspace and k.name = h.bucket || w.recipient || ':' || l.n), floor(l.most))), room)
          from (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(h.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
          where l.scope = 'recipient') as lets_recipient
        from (select coalesce(p.outbound -> 'to' ->> 'id', '') as recipient offset 0) w offset 0
      ) o
      where p.workspace = h.workspace and p.channel = h.channel and p.account = h.account and p.state in ('queued', 'sending')
        and p.not_before <= t and (p.lease_until <= t or p.lease_until > t + interval '10 minutes')
        and (select true from reply e where e.workspace = p.workspace and e.conversation = p.conversation and e.seq < p.seq
          and e.state in ('queued', 'sending', 'unsure') limit 1) is null -- a probe a row, never a join
        and o.lets_recipient <> 0
      order by p.seq
      limit greatest(0, least(abs(s.lets), ceil(room::numeric / h.lanes),
        h.at_once - (select count(*) from reply b where b.workspace = h.workspace and b.channel = h.channel and b.account = h.account
          and b.state = 'sending' and b.lease_until > t and b.lease_until < t + interval '10 minutes')))::bigint
      for update of p skip locked
    ) c
    limit room
  ), judged as materialized (
    select p.*, p.lets > 0 and p.lets_recipient >= row_number() over (partition by p.workspace, p.bucket, p.recipient order by p.seq) as goes
    from picked p
  ), passed as (
    select j.workspace, j.bucket || case l.scope when 'recipient' then j.recipient || ':' else '' end || l.n as name, l.most, l.per,
      count(*) filter (where j.goes) as n
    from judged j cross join lateral (select q.scope, q.max as most, q."perSeconds" as per, row_number() over (order by q.scope, q.n) - 1 as n
        from rows from (json_to_recordset(j.own) as (scope text, max double precision, "perSeconds" double precision)) with ordinality
          as q (scope, max, "perSeconds", n)) l
    group by 1, 2, 3, 4
  ), paid as (
    insert into bucket as b (workspace, name, tokens, at)
    select p.workspace, p.name, coalesce((select least(p.most, k.tokens + greatest(0, extract(epoch from t - k.at)) * p.most / p.per)
      from bucket k where k.workspace = p.workspace and k.name = p.name), p.most) - p.n, t from passed p order by 1, 2
    on conflict (workspace, name) do update set tokens = excluded.tokens, at = excluded.at
  ), begun as (
    update reply p set state = 'sending', attempt = p.attempt + 1, lease_until = t + lease, updated_at = t
    from judged j where j.goes and p.workspace = j.workspace and p.id = j.id
    returning p.workspace, p.id, p.message, p.ticket, p.conversation, p.channel, p.account, p.attempt, p.attempt - p.tried_before as tries, p.correlation,
      p.outbound, p.queued_at, p.seq, j.state = 'sending' as was_sending
  )
  select b.workspace, b.id, b.message, b.ticket, b.conversation, b.channel, b.account, b.attempt, b.tries, b.correlation, b.outbound, b.queued_at,
    (select c.customer_at from conversation c where c.workspace = b.workspace and c.id = b.conversation), b.was_sending
  from begun b order by b.seq;
end $$;
