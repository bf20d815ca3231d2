-- Who this installation is: what it shares with others (a Kafka) is marked with it, so that two of them do not take each other's messages.
-- A copy of a database has the same one, and is told apart by where it lies.
create table installation (
  one boolean primary key default true check (one),
  id uuid not null default gen_random_uuid()
);
insert into installation default values;
grant select on installation to inlet_loops;
