-- Automatic replies, whom of the team notices go to, and what was sent by itself lately, as budgets count it.
create table auto_reply (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  weight int not null default 0,
  is_active boolean not null default true,
  kind text not null,
  hours text not null,
  calendar text,
  brands text[],
  channels text[],
  accounts text[],
  condition json,
  texts json not null,
  resolve boolean not null default false,
  version int not null default 1,
  primary key (workspace, id)
);
create table notification (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  is_active boolean not null default true,
  events text[] not null,
  agents text[],
  except_agents text[] not null default '{}',
  brands text[],
  channels text[],
  account text not null,
  version int not null default 1,
  primary key (workspace, id)
);

-- One row a message that had an automatic reply, or that had none for a reason (`code`). Forgotten after 30 days.
create table auto_reply_note (
  workspace text not null,
  cause text not null,
  ticket text not null,
  code text,
  kind text not null,
  conversation text not null,
  address text not null,
  domain text,
  at timestamptz not null,
  primary key (workspace, cause)
);
create index auto_reply_note_ticket on auto_reply_note (workspace, ticket, at);
create index auto_reply_note_conversation on auto_reply_note (workspace, conversation, kind, at) where code is null;
create index auto_reply_note_address on auto_reply_note (workspace, address, at) where code is null;
create index auto_reply_note_domain on auto_reply_note (workspace, domain, at) where code is null and domain is not null;
create index auto_reply_note_at on auto_reply_note (at);
-- What the team was told of, whom and when: nobody is told of one thing twice, and nobody is buried.
create table notice_note (
  workspace text not null,
  agent text not null,
  kind text not null,
  subject text not null,
  cause text not null,
  at timestamptz not null,
  primary key (workspace, agent, cause)
);
create index notice_note_agent on notice_note (workspace, agent, at);
create index notice_note_at on notice_note (at);

do $$
declare
  name text;
begin
  foreach name in array array['auto_reply', 'notification']
  loop
    execute format('create trigger desk_changed after insert or update or delete on %I for each row execute function desk_changed()', name);
  end loop;
  foreach name in array array['auto_reply', 'notification', 'auto_reply_note', 'notice_note']
  loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy desk on %I for all to inlet_desk using (workspace = (select current_setting(''inlet.workspace'', true))) '
      'with check (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select, insert, update, delete on %I to inlet_desk', name);
  end loop;
  foreach name in array array['auto_reply_note', 'notice_note']
  loop
    execute format('create policy loops on %I for all to inlet_loops using (true) with check (true)', name);
    execute format('grant select (at), delete on %I to inlet_loops', name); -- housekeeping
  end loop;
end $$;
-- Settings are told to whoever may read settings; what they are limited to concerns tickets.
do $$
declare
  name text;
begin
  foreach name in array array['auto_reply', 'notification']
  loop
    execute format('create policy agent on %I for select to inlet_agent using (workspace = (select current_setting(''inlet.workspace'', true)))', name);
    execute format('grant select on %I to inlet_agent', name);
  end loop;
end $$;
