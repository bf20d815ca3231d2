-- Whoever is given a ticket reads in its history which rule, type or group said so: a ticket that waits takes it along.
alter table waiting add column because json;
