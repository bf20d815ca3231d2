-- What the edges keep: wrapped data keys, and the blobs of installations whose machines share no disk.

-- One key a workspace encrypts its secrets; the master key, which is never here, wraps it (S16).
create table inlet.data_key (
  workspace text not null,
  id integer not null check (id > 0),
  wrapped bytea not null,
  master_key_id text not null,
  created_at timestamptz not null default now(),
  primary key (workspace, id)
);

create table inlet.blob (
  workspace text not null,
  ref text not null check (ref ~ '^sha256:[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  type text not null,
  -- Of the last put, not of the first: what was put lately is not collected.
  put_at timestamptz not null default now(),
  primary key (workspace, ref)
);

create table inlet.blob_chunk (
  workspace text not null,
  ref text not null,
  n integer not null check (n >= 0),
  bytes bytea not null,
  primary key (workspace, ref, n),
  foreign key (workspace, ref) references inlet.blob (workspace, ref) on delete cascade
);
-- Pictures and archives do not get smaller, and trying costs more than writing them.
alter table inlet.blob_chunk alter column bytes set storage external;

-- Only the loops use these tables, and always name the workspace; to every other role they are empty and closed.
alter table inlet.data_key enable row level security;
alter table inlet.blob enable row level security;
alter table inlet.blob_chunk enable row level security;
create policy of_loops on inlet.data_key for all to inlet_loops using (true);
create policy of_loops on inlet.blob for all to inlet_loops using (true);
create policy of_loops on inlet.blob_chunk for all to inlet_loops using (true);
grant select, insert, update on inlet.data_key to inlet_loops;
grant select, insert, update, delete on inlet.blob to inlet_loops;
grant select, insert, delete on inlet.blob_chunk to inlet_loops;
