-- The desk: people, groups, folders, types and topics, rules; who is there; which tickets wait for an agent.
create table agent (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  email text not null,
  role text not null,
  is_active boolean not null default true,
  brands text[], -- null: all
  channels text[],
  languages text[] not null default '{}',
  capacity json not null default '{}',
  rate json,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
);
create unique index agent_email on agent (workspace, lower(email));
create table team (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  description text,
  channels text[] not null default '{}',
  is_default boolean not null default false,
  version int not null default 1,
  primary key (workspace, id)
);
create table agent_team (
  workspace text not null,
  agent text not null,
  team text not null,
  primary key (workspace, agent, team),
  foreign key (workspace, agent) references agent on delete cascade,
  foreign key (workspace, team) references team on delete cascade
);
create index agent_team_team on agent_team (workspace, team);
create table folder (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  version int not null default 1,
  primary key (workspace, id)
);
create table catalogue (
  workspace text not null references workspace on delete cascade,
  what text not null check (what in ('type', 'topic')),
  key text not null,
  name text not null,
  brands text[],
  team text,
  agent text,
  version int not null default 1,
  primary key (workspace, what, key)
);
create table rule (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  weight int not null default 0,
  is_active boolean not null default true,
  event text not null,
  fields text[] not null default '{}',
  after json,
  brands text[],
  channels text[],
  accounts text[],
  condition json,
  effect json not null,
  version int not null default 1,
  primary key (workspace, id)
);

-- Apart from the agent, so that coming and going is no change of settings.
create table presence (
  workspace text not null,
  agent text not null,
  presence text not null,
  since timestamptz not null,
  primary key (workspace, agent),
  foreign key (workspace, agent) references agent on delete cascade
) with (fillfactor = 80);

-- Tickets that wait for an agent. A row is small, made once and deleted once; `rank` is the priority, 0 the most urgent.
create table waiting (
  workspace text not null,
  ticket text not null,
  channel text not null,
  account text not null,
  brand text,
  language text,
  is_live boolean not null,
  rank smallint not null,
  team text,
  is_team_by_language boolean not null default false,
  agent text,
  since timestamptz not null,
  need text collate "C" not null, -- what of the above decides who may have it, as one word: each kind is met by one step of the index
  primary key (workspace, ticket)
);
create index waiting_order on waiting (workspace, need, rank, since, ticket);
-- Which rules of time were asked about which ticket, at which value of their clock.
create table rule_hour (
  workspace text not null,
  ticket text not null,
  rule text not null,
  clock timestamptz not null,
  primary key (workspace, ticket, rule)
);
-- What the machine gave to whom, for as long as a rate may ask (a day).
create table assignment (
  workspace text not null,
  agent text not null,
  ticket text not null,
  at timestamptz not null
);
create index assignment_agent on assignment (workspace, agent, at);
create index assignment_at on assignment (at);

alter table ticket add column folders text[] not null default '{}', add column assigned_at timestamptz, add column kind text; -- of its conversation
update ticket t set kind = v.kind from conversation v where v.workspace = t.workspace and v.id = t.conversation;
-- What an agent holds is counted, not kept: a counter that is wrong once is wrong for ever.
create index ticket_held on ticket (workspace, assignee, channel, kind) where assignee is not null and category in ('open', 'waiting');
create index ticket_folders on ticket using gin (folders) where folders <> '{}';
alter table account add column assignment text, add column auto_after_minutes int not null default 10;
alter table workspace add column require_topic boolean not null default false;

-- ── one number a workspace that rises with every change of its desk ─────────────────────────────────────────────────────────────────────
-- Read with each batch: a process whose copy in memory is of another number reads the desk anew before it decides. No foreign key: a
-- workspace that is made again under its name goes on counting.
create table desk_version (workspace text primary key, version bigint not null);
-- A new agent, a higher cap, somebody joins a group, the last one of it leaves, or it goes: whoever waits may have a chair now, and assignment is
-- woken to look; not by a workspace that goes with all it has.
create function desk_changed() returns trigger language plpgsql as $$
begin
  insert into desk_version as d (workspace, version) values (coalesce(new.workspace, old.workspace), 1)
    on conflict (workspace) do update set version = d.version + 1;
  if (tg_table_name in ('agent', 'agent_team') or (tg_table_name = 'team' and tg_op = 'DELETE'))
    and (tg_op <> 'DELETE' or exists (select from workspace w where w.workspace = old.workspace)) then
    insert into wakeup (workspace, kind, subject, id, due_at)
      values (coalesce(new.workspace, old.workspace), 'assign_more', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
      on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at;
  end if;
  return null;
end $$;
do $$
declare
  name text;
begin
  foreach name in array array['agent', 'team', 'agent_team', 'folder', 'catalogue', 'rule', 'brand']
  loop
    execute format('create trigger desk_changed after insert or update or delete on %I for each row execute function desk_changed()', name);
  end loop;
  foreach name in array array['agent', 'team', 'agent_team', 'folder', 'catalogue', 'rule', 'presence', 'waiting', 'rule_hour', 'assignment', 'desk_version']
  loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy desk on %I for all to inlet_desk using (workspace = (select current_setting(''inlet.workspace'', true))) '
      'with check (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
  end loop;
end $$;
create trigger desk_changed after insert or delete on account for each row execute function desk_changed();
create trigger desk_changed_by_account after update on account for each row
  when (old.brand is distinct from new.brand or old.assignment is distinct from new.assignment or old.auto_after_minutes <> new.auto_after_minutes)
  execute function desk_changed();
create trigger desk_changed after update on workspace for each row when (old.require_topic <> new.require_topic) execute function desk_changed();
create policy loops on assignment for all to inlet_loops using (true) with check (true);
grant select (at), delete on assignment to inlet_loops; -- housekeeping
-- How many wait and who is there, for the metrics.
create policy loops on waiting for select to inlet_loops using (true);
create policy loops on presence for select to inlet_loops using (true);
create policy loops on agent for select to inlet_loops using (true);
grant select (workspace, channel, since) on waiting to inlet_loops;
grant select (workspace, agent, presence) on presence to inlet_loops;
grant select (workspace, id, is_active) on agent to inlet_loops;

create or replace function change_tickets(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (ticket text, set json, category text, at timestamptz, "ifVersion" int)) with ordinality
    order by ticket, ordinality
  loop
    update ticket t set
      status = coalesce(r.set ->> 'status', t.status),
      category = coalesce(r.category, t.category),
      priority = coalesce(r.set ->> 'priority', t.priority),
      type = case when r.set -> 'type' is null then t.type else r.set ->> 'type' end,
      topic = case when r.set -> 'topic' is null then t.topic else r.set ->> 'topic' end,
      tags = case when r.set -> 'tags' is null then t.tags else array(select json_array_elements_text(r.set -> 'tags')) end,
      folders = case when r.set -> 'folders' is null then t.folders else array(select json_array_elements_text(r.set -> 'folders')) end,
      language = case when r.set -> 'language' is null then t.language else r.set ->> 'language' end,
      assignee = case when r.set -> 'assignee' is null then t.assignee else r.set ->> 'assignee' end,
      assigned_at = case when r.set -> 'assignedAt' is null then t.assigned_at else (r.set ->> 'assignedAt')::timestamptz end,
      team = case when r.set -> 'group' is null then t.team else r.set ->> 'group' end,
      subject = case when r.set -> 'subject' is null then t.subject else r.set ->> 'subject' end,
      brand = case when r.set -> 'brand' is null then t.brand else r.set ->> 'brand' end,
      resolved_at = case when r.set -> 'resolvedAt' is null then t.resolved_at else (r.set ->> 'resolvedAt')::timestamptz end,
      updated_at = greatest(t.updated_at, r.at),
      version = t.version + 1
      where t.workspace = here and t.id = r.ticket and (r."ifVersion" is null or t.version = r."ifVersion");
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
end $$;
