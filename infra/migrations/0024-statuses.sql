-- The life of a ticket: names of their own for statuses, what can be set of it, what is put away, who is not let in any more; and wake-ups by the million.
create table status (
  workspace text not null references workspace on delete cascade,
  key text not null,
  name text not null,
  category text not null check (category in ('open', 'waiting', 'done', 'junk')),
  labels json not null default '{}',
  version int not null default 1,
  primary key (workspace, key)
);
alter table status enable row level security;
create policy desk on status for all to inlet_desk using (workspace = (select current_setting('inlet.workspace', true)))
  with check (workspace = (select current_setting('inlet.workspace', true)));
grant select, insert, update, delete on status to inlet_desk;
create policy agent on status for select to inlet_agent using (workspace = (select current_setting('inlet.workspace', true)));
grant select on status to inlet_agent;

alter table ticket add column custom_status text, add column snoozed_until timestamptz;
create index ticket_custom_status on ticket (workspace, custom_status) where custom_status is not null;
alter table contact add column is_blocked boolean not null default false;
alter table workspace add column on_reply text not null default 'pending';
alter table brand add column lifecycle json;
alter table account add column lifecycle json;
alter table team add column follow_up json;

-- ── a changed desk ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create trigger desk_changed after insert or update or delete on status for each row execute function desk_changed();
create trigger desk_changed_life after update on workspace for each row
  when ((old.on_reply, old.follow_up_days, old.close_days) is distinct from (new.on_reply, new.follow_up_days, new.close_days))
  execute function desk_changed();
create trigger desk_changed_life after update on account for each row
  when (old.lifecycle::text is distinct from new.lifecycle::text) execute function desk_changed();

-- When tickets close is written with their wake-ups: a setting that changes has those that wait counted anew, by `closing`, a piece at a time.
-- In two seconds: whoever resolved a ticket by the old setting has committed by then.
create function close_days_changed() returns trigger language plpgsql as $$
begin
  insert into wakeup (workspace, kind, subject, id, due_at, basis)
    values (new.workspace, 'close_days', 'desk', 'wak_' || replace(gen_random_uuid()::text, '-', ''), now() + interval '2 seconds', null)
    on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at, basis = excluded.basis;
  return null;
end $$;
create trigger close_days_changed after update on workspace for each row when (old.close_days <> new.close_days) execute function close_days_changed();
create trigger close_days_changed after update on brand for each row
  when (old.lifecycle ->> 'closeDays' is distinct from new.lifecycle ->> 'closeDays') execute function close_days_changed();
create trigger close_days_changed after update on account for each row
  when (old.lifecycle ->> 'closeDays' is distinct from new.lifecycle ->> 'closeDays') execute function close_days_changed();
create trigger close_days_changed after update on team for each row
  when (old.follow_up::text is distinct from new.follow_up::text) execute function close_days_changed();

create or replace function change_tickets(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (ticket text, set json, category text, at timestamptz, "ifVersion" int)) with ordinality
    order by ticket, ordinality
  loop
    update ticket t set
      status = coalesce(r.set ->> 'status', t.status),
      custom_status = case -- a status that is set without a name of theirs has none
        when r.set -> 'customStatus' is not null or r.set -> 'status' is not null then r.set ->> 'customStatus' else t.custom_status end,
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
      snoozed_until = case when r.set -> 'snoozedUntil' is null then t.snoozed_until else (r.set ->> 'snoozedUntil')::timestamptz end,
      updated_at = greatest(t.updated_at, r.at),
      version = t.version + 1
      where t.workspace = here and t.id = r.ticket and (r."ifVersion" is null or t.version = r."ifVersion");
    if not found then perform not_as_believed('a ticket'); end if;
  end loop;
end $$;

create or replace function change_contacts(here text, rows json) returns void language plpgsql as $$
declare r record;
begin
  for r in select * from rows from (json_to_recordset(rows) as (contact text, set json, "addKeys" json)) with ordinality order by contact, ordinality loop
    update contact c set
      name = case when r.set -> 'name' is null then c.name else r.set ->> 'name' end,
      address = case when r.set -> 'address' is null then c.address else r.set ->> 'address' end,
      language = case when r.set -> 'language' is null then c.language else r.set ->> 'language' end,
      stops = coalesce(r.set -> 'stops', c.stops),
      is_blocked = coalesce((r.set ->> 'isBlocked')::boolean, c.is_blocked),
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

-- Whoever is not let in is not let in under another name either.
create function keep_blocked() returns trigger language plpgsql as $$
begin
  update contact c set is_blocked = true where c.workspace = new.workspace and c.id = new.merged_into and not c.is_blocked;
  return null;
end $$;
create trigger keep_blocked after update of merged_into on contact for each row
  when (new.is_blocked and old.merged_into is null and new.merged_into is not null) execute function keep_blocked();
