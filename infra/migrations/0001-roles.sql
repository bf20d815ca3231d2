-- The two roles that everything but migrations works under. Neither owns a table nor passes row security; neither can log in:
-- the login user becomes one of them on every connection. Roles belong to the whole server, so they may be there already.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['inlet_desk', 'inlet_loops'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then
        null; -- another database of this server migrates at the same time, and was faster
      end;
    end if;
    -- May become it, does not have its rights by the way. A superuser can anyway.
    if not pg_catalog.pg_has_role(session_user, wanted, 'SET') then
      execute format('grant %I to %I with set true, inherit false', wanted, session_user);
    end if;
  end loop;
end
$$;

-- Nothing by default: every table, sequence and function is granted by name in the file that makes it.
revoke all on schema inlet from public;
grant usage on schema inlet to inlet_desk, inlet_loops;
grant select on inlet.migration to inlet_desk, inlet_loops;
