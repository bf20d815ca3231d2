-- Whoever is given a ticket reads in its history which rule, type or group said so: a ticket that waits takes it along.
alter table waiting add column because json;

-- A rule of time that is made or changed, by whatever way, is about the tickets of before too: they are looked through, a page a wake-up. One look
-- a version of the rule, so that a change in the middle of a look begins another one from the front.
create function rule_hours() returns trigger language plpgsql as $$
begin
  insert into wakeup (workspace, kind, subject, id, due_at)
    values (new.workspace, 'rule_hours', new.id || '/' || new.version, 'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
    on conflict do nothing;
  return null;
end $$;
create trigger rule_made after insert on rule for each row when (new.event = 'time' and new.is_active) execute function rule_hours();
create trigger rule_changed after update on rule for each row
  when (new.event = 'time' and new.is_active and (not old.is_active or old.event <> 'time' or old.after::text is distinct from new.after::text
    or old.brands is distinct from new.brands or old.channels is distinct from new.channels or old.accounts is distinct from new.accounts))
  execute function rule_hours();

-- An account that finds its agents in another way: what lies open in it follows, some at a time. One look a version, as above.
create function account_way() returns trigger language plpgsql as $$
begin
  insert into wakeup (workspace, kind, subject, id, due_at)
    values (new.workspace, 'assign_account', new.channel || '/' || new.id || '/' || new.version,
      'wak_' || replace(gen_random_uuid()::text, '-', ''), now())
    on conflict do nothing;
  return null;
end $$;
create trigger account_way after update on account for each row
  when (old.assignment is distinct from new.assignment or old.auto_after_minutes <> new.auto_after_minutes) execute function account_way();
