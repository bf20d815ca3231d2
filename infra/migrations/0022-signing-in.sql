-- Signing in: what proves who somebody is, apart from who they are; links that work once; sessions. And a third working role, under which
-- whoever may see a part of the tickets alone reads: the database shows them no others, so no query has to remember it.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'inlet_agent') then
    begin
      create role inlet_agent nologin;
    exception when duplicate_object or unique_violation then
      null; -- another database of this server migrates at the same time, and was faster
    end;
  end if;
  if not pg_catalog.pg_has_role(session_user, 'inlet_agent', 'SET') then
    execute format('grant inlet_agent to %I with set true, inherit false', session_user);
  end if;
end
$$;
grant usage on schema inlet to inlet_agent;

create table password (
  workspace text not null,
  agent text not null,
  hash text not null, -- with its parameters and its salt
  set_at timestamptz not null,
  primary key (workspace, agent),
  foreign key (workspace, agent) references agent on delete cascade
);
-- Of the link only a hash: random bits need no slow one.
create table invitation (
  workspace text not null references workspace on delete cascade,
  hash text not null unique,
  agent text, -- null: the set-up link, whose user becomes the first administrator
  made_at timestamptz not null,
  ends_at timestamptz not null,
  primary key (workspace, hash),
  foreign key (workspace, agent) references agent on delete cascade
);
create unique index invitation_agent on invitation (workspace, coalesce(agent, ''));
create table session (
  workspace text not null,
  hash text not null unique,
  agent text not null,
  made_at timestamptz not null,
  used_at timestamptz not null,
  idle_until timestamptz not null,
  ends_at timestamptz not null,
  primary key (workspace, hash),
  foreign key (workspace, agent) references agent on delete cascade
) with (fillfactor = 80);
create index session_agent on session (workspace, agent);

do $$
declare
  name text;
begin
  foreach name in array array['password', 'invitation', 'session']
  loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy desk on %I for all to inlet_desk using (workspace = (select current_setting(''inlet.workspace'', true))) '
      'with check (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
  end loop;
end $$;

-- Whoever changed somebody's role, e-mail or leave to come in, and by whatever way: what they held before opens nothing from this commit on.
create function end_sign_ins() returns trigger language plpgsql as $$
begin
  if old.role <> new.role or lower(old.email) <> lower(new.email) or (old.is_active and not new.is_active) then
    delete from session s where s.workspace = new.workspace and s.agent = new.id;
    delete from invitation i where i.workspace = new.workspace and i.agent = new.id;
  end if;
  return null;
end $$;
create trigger end_sign_ins after update on agent for each row execute function end_sign_ins();

-- ── before the workspace is known: one row by the hash of what was shown, and nothing else ─────────────────────────────────────────────
create function session_of(wanted text) returns table (workspace text, idle_until timestamptz, ends_at timestamptz, used_at timestamptz, agent json)
language sql stable security definer set search_path = inlet, pg_temp as $$
  select s.workspace, s.idle_until, s.ends_at, s.used_at,
    json_build_object('id', a.id, 'name', a.name, 'role', a.role, 'brands', a.brands, 'channels', a.channels)
  from session s join agent a on a.workspace = s.workspace and a.id = s.agent where s.hash = wanted and a.is_active
$$;
create function session_used(wanted text, at timestamptz, idle timestamptz) returns void
language sql security definer set search_path = inlet, pg_temp as $$
  update session s set used_at = greatest(s.used_at, at), idle_until = least(greatest(s.idle_until, idle), s.ends_at) where s.hash = wanted
$$;
create function invitation_of(wanted text) returns table (workspace text, agent text, ends_at timestamptz)
language sql stable security definer set search_path = inlet, pg_temp as $$
  select i.workspace, i.agent, i.ends_at from invitation i where i.hash = wanted
$$;
grant execute on function session_of(text), session_used(text, timestamptz, timestamptz), invitation_of(text) to inlet_loops;

-- ── who may see a part alone ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- `*`: all. Not said at all: none. What has no brand is of none of theirs; what came by no channel is of none that they may not see.
create function sees_brand(brand text) returns boolean language sql stable as $$
  select case current_setting('inlet.brands', true) when '*' then true
    else coalesce(brand = any (nullif(current_setting('inlet.brands', true), '')::text[]), false) end
$$;
create function sees_channel(channel text) returns boolean language sql stable as $$
  select case current_setting('inlet.channels', true) when '*' then true
    else channel is null or coalesce(channel = any (nullif(current_setting('inlet.channels', true), '')::text[]), false) end
$$;
-- Whether there is such a message at all, whoever may see it.
create function message_ticket(wanted text) returns setof text
language sql stable security definer set search_path = inlet, pg_temp as $$
  select m.ticket from message m where m.workspace = current_setting('inlet.workspace', true) and m.id = wanted
$$;
-- An event goes with its ticket; else with its message, its contact; else with the account it came by.
create function sees_event(event json) returns boolean language sql stable as $$
  select case
    when event #>> '{data,ticket}' is not null or event ->> 'subject' like 'tkt\_%' then exists (
      select from ticket t where t.workspace = event ->> 'workspace' and t.id = coalesce(event #>> '{data,ticket}', event ->> 'subject'))
    when event #>> '{data,message}' like 'msg\_%' and exists (
      select from message_ticket(event #>> '{data,message}')) then exists (
      select from message m where m.workspace = event ->> 'workspace' and m.id = event #>> '{data,message}')
    when event ->> 'account' is not null then sees_channel(event ->> 'channel') and exists (
      select from account a where a.workspace = event ->> 'workspace' and a.channel = event ->> 'channel' and a.id = event ->> 'account' and sees_brand(a.brand))
    when event #>> '{data,contact}' is not null then exists (
      select from contact c where c.workspace = event ->> 'workspace' and c.id = event #>> '{data,contact}')
    when event ->> 'type' like 'agent.%' then true
    else sees_brand(null) and sees_channel(coalesce(event ->> 'channel', '')) end
$$;
-- Where the feed begins, also for who sees a part of it: a cursor is not gone because what is before it is not theirs.
create function feed_oldest() returns bigint
language sql stable security definer set search_path = inlet, pg_temp as $$
  select sequence from feed where workspace = current_setting('inlet.workspace', true) order by sequence limit 1
$$;

do $$
declare
  here text := 'workspace = (select current_setting(''inlet.workspace'', true))';
  seen record;
begin
  for seen in
    select * from (values
      ('ticket', 'sees_brand(brand) and sees_channel(channel)'),
      ('message', 'exists (select from ticket t where t.workspace = message.workspace and t.id = message.ticket)'),
      ('reply', 'exists (select from ticket t where t.workspace = reply.workspace and t.id = reply.ticket)'),
      ('reply_attempt', 'exists (select from reply r where r.workspace = reply_attempt.workspace and r.id = reply_attempt.reply)'),
      ('ticket_event', 'exists (select from ticket t where t.workspace = ticket_event.workspace and t.id = ticket_event.ticket)'),
      ('waiting', 'exists (select from ticket t where t.workspace = waiting.workspace and t.id = waiting.ticket)'),
      ('attachment', 'message is null or exists (select from message m where m.workspace = attachment.workspace and m.id = attachment.message)'),
      -- One that was merged leads to the one that stayed, which is judged.
      ('contact', 'merged_into is not null or exists (select from ticket t where t.workspace = contact.workspace and t.contact = contact.id)'),
      ('contact_key', 'exists (select from contact c where c.workspace = contact_key.workspace and c.id = contact_key.contact)'),
      ('conversation', 'sees_channel(channel)'),
      ('feed', 'sees_event(event)'),
      ('parked', 'sees_event(event)'),
      ('feed_head', 'true'), ('workspace', 'true'), ('brand', 'true'), ('account', 'true'), ('template', 'true'), ('api_key', 'true'),
      ('audit', 'true'), ('agent', 'true'), ('team', 'true'), ('agent_team', 'true'), ('presence', 'true'), ('folder', 'true'),
      ('catalogue', 'true'), ('rule', 'true'), ('password', 'true')
    ) as v (name, rows)
  loop
    execute format('create policy agent on %I for select to inlet_agent using (%s and (%s))', seen.name, here, seen.rows);
    if seen.name not in ('api_key', 'password') then
      execute format('grant select on %I to inlet_agent', seen.name);
    end if;
  end loop;
end $$;
grant select (workspace, id, name, prefix, scopes, created_at, expires_at, revoked_at, last_used_at) on api_key to inlet_agent;
grant select (workspace, agent) on password to inlet_agent;
grant execute on function instant(timestamptz), folded(text), message_tickets(text), message_ticket(text), sees_brand(text), sees_channel(text),
  sees_event(json), feed_oldest() to inlet_agent;
grant execute on function feed_oldest() to inlet_desk;
