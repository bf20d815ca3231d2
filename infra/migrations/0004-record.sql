-- The record: what the business sees (desk, contacts, conversations, tickets, messages).
-- Every table with a workspace column is under row security (0007): role inlet_desk sees the entered workspace only; role inlet_loops sees
-- the queue tables across workspaces, and nothing else. Ids are text as they are spoken outside; every unique key starts with the workspace
-- (but for what is unique in the installation, and says so).
-- Indexes other than a table's key are partial (`where x is not null`, which `x = …` implies) wherever they can be: while a table is small
-- all its indexes that begin with the workspace look equally good, and a plan made then reads them whole (measured: 3,366 pages a row, not 33).

-- ── desk ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table workspace (
  workspace text primary key,
  name text not null,
  follow_up_days int not null default 7 check (follow_up_days >= 0),
  close_days int not null default 14 check (close_days >= 1),
  version int not null default 1,
  created_at timestamptz not null default now()
);

create table brand (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  language text,
  timezone text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
);

create table account (
  workspace text not null references workspace on delete cascade,
  channel text not null,
  id text not null,
  endpoint text,
  brand text,
  settings json not null,
  secrets json not null,
  state text not null default 'draft',
  since timestamptz not null default now(),
  why text,
  facts json not null default '{}',
  token_hash text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (workspace, channel, id),
  unique (channel, id) -- in the installation: an address `/in/{channel}/{id}` names one account
);
create table account_route (
  workspace text not null,
  channel text not null,
  account text not null,
  n smallint not null,
  route text not null,
  primary key (workspace, channel, account, n),
  foreign key (workspace, channel, account) references account on delete cascade
);

create table api_key (
  workspace text not null references workspace on delete cascade,
  id text not null,
  name text not null,
  prefix text not null,
  hash text not null unique, -- of a random key: looked up before the workspace is known
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (workspace, id)
);

create table answer (
  workspace text not null,
  key text not null,
  input_hash text not null,
  status int not null,
  body json, -- null: answered without one
  at timestamptz not null default now(),
  primary key (workspace, key)
);
create index answer_at on answer (at);

create table audit (
  workspace text not null,
  seq bigint generated always as identity,
  at timestamptz not null,
  what text not null,
  subject text not null,
  actor_kind text not null,
  actor_id text,
  from_address text,
  about json not null,
  primary key (workspace, seq)
);

-- ── people and their conversations ──────────────────────────────────────────────────────────────────────────────────────────────────────
create table contact (
  workspace text not null,
  id text not null,
  name text,
  address text,
  keys text[] not null default '{}', -- those of contact_key, so that every message need not gather them
  merged_into text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace, id)
);
create table contact_key (
  workspace text not null,
  key text not null,
  contact text not null,
  primary key (workspace, key)
);
create index contact_key_contact on contact_key (workspace, contact) where contact is not null;

create table conversation (
  workspace text not null,
  id text not null,
  channel text not null,
  account text not null,
  kind text not null,
  lane text not null,
  contact text not null,
  party json not null,
  vendor json not null,
  customer_at timestamptz,
  ticket text,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
) with (fillfactor = 90);
create index conversation_contact on conversation (workspace, contact) where contact is not null;
create table thread_key (
  workspace text not null,
  channel text not null,
  account text not null,
  key text not null,
  conversation text not null,
  primary key (workspace, channel, account, key)
);

-- ── tickets and messages ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create sequence ticket_number;
create table ticket (
  workspace text not null,
  id text not null,
  number bigint not null,
  brand text,
  channel text,
  account text,
  conversation text,
  contact text,
  requester_name text,
  requester_address text,
  subject text,
  status text not null,
  category text not null,
  priority text not null,
  type text,
  topic text,
  tags text[] not null default '{}',
  language text,
  assignee text,
  team text,
  origin text not null,
  parent text,
  message_count int not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  last_message_at timestamptz,
  resolved_at timestamptz,
  version int not null default 1,
  unique (workspace, number)
) with (fillfactor = 80);
-- One open ticket a conversation, whatever came on which lane (a violation is store.conflict: decide again).
create unique index ticket_open on ticket (workspace, conversation) where category in ('open', 'waiting');
create index ticket_conversation on ticket (workspace, conversation) where conversation is not null;
create index ticket_contact on ticket (workspace, contact) where contact is not null;
create index ticket_created on ticket (workspace, created_at, id);
create index ticket_pool on ticket (workspace, category, created_at, id);
alter table ticket add primary key (workspace, id); -- the last: of equals the youngest is taken

create table message (
  workspace text not null,
  id text not null,
  seq bigint generated always as identity,
  ticket text not null,
  conversation text,
  channel text,
  account text,
  direction text not null,
  kind text not null,
  sender json not null,
  recipients json not null,
  cc json not null,
  subject text,
  text text not null,
  full_text text,
  html text,
  parts json not null,
  external_id text,
  replies_to text[] not null default '{}',
  automatic text,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  state text,
  raw json,
  correlation text not null,
  text_revision text not null default '',
  deleted_revision text,
  reactions json not null default '[]',
  primary key (workspace, id)
) with (fillfactor = 90); -- room for its state: then no index is written again, the words' least of all
create index message_ticket on message (workspace, ticket, sent_at, seq) where ticket is not null;
create index message_words on message using gin (to_tsvector('simple', left(text, 4000)));

create table attachment (
  workspace text not null,
  id text not null,
  message text, -- null: uploaded, not yet used
  n smallint not null default 0,
  channel text,
  account text,
  name text not null,
  type text not null,
  size bigint,
  sha256 text,
  state text not null,
  blob text,
  at_vendor text,
  live text,
  created_at timestamptz not null default now(),
  attempt int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_until timestamptz not null default '-infinity',
  why text,
  primary key (workspace, id)
);
create index attachment_message on attachment (workspace, message, n) where message is not null;
create index attachment_pending on attachment (not_before) where state = 'pending';
create index attachment_unused on attachment (created_at) where message is null;
create index attachment_blob on attachment (workspace, blob) where blob is not null;

-- Where a vendor's id leads, and what was said about it before it came: whoever is second sees the first.
create table external_ref (
  workspace text not null,
  channel text not null,
  account text not null,
  external_id text not null,
  message text,
  waiting json not null default '[]',
  created_at timestamptz not null default now(),
  primary key (workspace, channel, account, external_id)
);
create index external_ref_waiting on external_ref (created_at) where message is null;

-- The history of a ticket: its events, kept with the change they tell of.
create table ticket_event (
  workspace text not null,
  ticket text not null,
  seq bigint generated always as identity,
  event json not null,
  primary key (workspace, ticket, seq)
);

create table template (
  workspace text not null,
  channel text not null,
  account text not null,
  template text not null,
  language text not null,
  name text not null,
  state text,
  quality text,
  category text,
  why text,
  at timestamptz not null,
  primary key (workspace, channel, account, template, language)
);
