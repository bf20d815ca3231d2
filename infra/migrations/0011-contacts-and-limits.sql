-- What a contact reads (a language that stays with them) and does not take (addresses that are gone, or said stop); limits by a setting of the account.
alter table contact add column language text, add column stops json not null default '[]';

create or replace function change_contacts(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in select * from rows from (json_to_recordset(rows) as (contact text, set json, "addKeys" json)) with ordinality order by contact, ordinality loop
    update contact c set
      name = case when r.set -> 'name' is null then c.name else r.set ->> 'name' end,
      address = case when r.set -> 'address' is null then c.address else r.set ->> 'address' end,
      language = case when r.set -> 'language' is null then c.language else r.set ->> 'language' end,
      stops = coalesce(r.set -> 'stops', c.stops),
      version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.contact and c.merged_into is null;
    if not found then perform not_as_believed('a contact'); end if;
    insert into contact_key (workspace, key, contact)
      select here, k, r.contact from json_array_elements_text(r."addKeys") k
      where (select contact from contact_key o where o.workspace = here and o.key = k) is distinct from r.contact order by k;
    if found then -- only now, so that nothing is written that did not change
      update contact c set keys = array(select distinct k from unnest(c.keys || array(select json_array_elements_text(r."addKeys"))) k order by k)
        where c.workspace = here and c.id = r.contact;
    end if;
  end loop;
end $$;

create or replace function merge_contacts(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in select * from json_to_recordset(rows) as q (stays text, gone text) loop
    update contact c set keys = array(select distinct k from contact g cross join unnest(c.keys || g.keys) k
        where g.workspace = here and g.id = r.gone order by k),
      language = coalesce(c.language, (select g.language from contact g where g.workspace = here and g.id = r.gone)),
      stops = (select coalesce(json_agg(s), '[]') from contact g cross join json_array_elements(g.stops) s where g.workspace = here and g.id in (r.stays, r.gone)),
      version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.stays and c.merged_into is null;
    if not found then perform not_as_believed('a contact that stays'); end if;
    update contact c set merged_into = r.stays, keys = '{}', version = c.version + 1, updated_at = now()
      where c.workspace = here and c.id = r.gone and c.merged_into is null;
    if not found then perform not_as_believed('a contact that is merged'); end if;
    update contact c set merged_into = r.stays where c.workspace = here and c.merged_into = r.gone; -- one step to follow, never two
    update contact_key k set contact = r.stays where k.workspace = here and k.contact = r.gone;
    update conversation v set contact = r.stays where v.workspace = here and v.contact = r.gone;
    update ticket t set contact = r.stays where t.workspace = here and t.contact = r.gone;
  end loop;
end $$;

-- `limits`: {channel: [{scope, max, perSeconds}]}, or {channel: {limits, setting, of: {value: {limits, atOnce}}}} where a setting of the account decides.
create or replace function claim_deliveries(room int, lease interval, per_account int, limits json)
returns table (workspace text, id text, message text, ticket text, conversation text, channel text, account text, attempt int, tries int, correlation text,
  outbound json, queued_at timestamptz, customer_at timestamptz, was_sending boolean)
language plpgsql set enable_seqscan = off as $$
#variable_conflict use_column
declare
  t timestamptz;
  home record;
  r record;
  own json;
  at_once int;
  share int;
  taken int := 0;
  of_account int;
begin
  perform pg_advisory_xact_lock(7202600003);
  t := clock_timestamp();
  for home in
    with recursive lane as (
      (select p.workspace, p.channel, p.account from reply p where p.state in ('queued', 'sending') order by 1, 2, 3 limit 1)
      union all
      select n.workspace, n.channel, n.account from lane l cross join lateral (
        select p.workspace, p.channel, p.account from reply p
        where p.state in ('queued', 'sending') and (p.workspace, p.channel, p.account) > (l.workspace, l.channel, l.account)
        order by 1, 2, 3 limit 1) n
    )
    select l.workspace, l.channel, l.account, count(*) over () as lanes,
      (select count(*) from reply s where s.workspace = l.workspace and s.channel = l.channel and s.account = l.account
        and s.state = 'sending' and s.lease_until > t and s.lease_until < t + interval '10 minutes') as under_way
    from lane l
    where not exists (select from account_hold h where h.workspace = l.workspace and h.channel = l.channel and h.account = l.account
      and (h.until is null or h.until > t))
    order by (select min(f.seq) from reply f where f.workspace = l.workspace and f.channel = l.channel and f.account = l.account
      and f.state in ('queued', 'sending'))
  loop
    own := limits -> home.channel;
    at_once := per_account;
    if json_typeof(own) = 'object' then
      own := coalesce(own -> 'of' -> (select a.settings ->> (limits -> home.channel ->> 'setting') from account a
        where a.workspace = home.workspace and a.channel = home.channel and a.id = home.account), own);
      at_once := least(per_account, coalesce((own ->> 'atOnce')::int, per_account));
      own := own -> 'limits';
    end if;
    share := least(at_once - home.under_way::int, greatest(1, ceil(room::numeric / home.lanes)::int), room - taken);
    of_account := 0;
    continue when share <= 0;
    for r in
      select * from reply p
      where p.workspace = home.workspace and p.channel = home.channel and p.account = home.account and p.state in ('queued', 'sending')
        and p.not_before <= t and (p.lease_until <= t or p.lease_until > t + interval '10 minutes')
        and (select true from reply o where o.workspace = p.workspace and o.conversation = p.conversation and o.seq < p.seq
          and o.state in ('queued', 'sending', 'unsure') limit 1) is null -- a probe a row, never a join
      order by p.seq for update skip locked
    loop
      if take_tokens(r.workspace, r.channel, r.account, r.outbound -> 'to' ->> 'id', t, own) then
        update reply p set state = 'sending', attempt = p.attempt + 1, lease_until = t + lease, updated_at = t
          where p.workspace = r.workspace and p.id = r.id;
        return query select r.workspace, r.id, r.message, r.ticket, r.conversation, r.channel, r.account, r.attempt + 1, r.attempt + 1 - r.tried_before, r.correlation, r.outbound,
          r.queued_at, (select c.customer_at from conversation c where c.workspace = r.workspace and c.id = r.conversation), r.state = 'sending';
        of_account := of_account + 1;
      elsif exists (select from bucket b where b.workspace = r.workspace and b.tokens < 1
        and b.name = any (array[r.channel || ':' || r.account || ':0', r.channel || ':' || r.account || ':1'])) then
        exit; -- the whole account has to wait, whoever is next
      end if;
      exit when of_account >= share;
    end loop;
    taken := taken + of_account;
    exit when taken >= room;
  end loop;
end $$;
