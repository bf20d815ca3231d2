-- Where a vendor keeps one answer (reviews): which later answer took the place of this one, for whoever reads the ticket.
alter table message add column replaced_by text;

CREATE OR REPLACE FUNCTION change_messages(here text, rows json)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare r record;
begin
  for r in
    select * from rows from (json_to_recordset(rows) as (message text, edit json, "deletedRevision" text, react json, "addFiles" json,
      "setReplaced" boolean, "replacedBy" text)) with ordinality
    order by message, ordinality
  loop
    if r.edit is not null then -- a correction of what stands carries its revision, so an equal one is taken
      update message m set text = r.edit ->> 'text', full_text = r.edit ->> 'fullText', html = r.edit ->> 'html', parts = r.edit -> 'parts',
        text_revision = r.edit ->> 'revision'
        where m.workspace = here and m.id = r.message and m.deleted_revision is null and not is_newer(m.text_revision, r.edit ->> 'revision');
    end if;
    if r."setReplaced" then
      update message m set replaced_by = r."replacedBy" where m.workspace = here and m.id = r.message;
    end if;
    if r."addFiles" is not null then
      insert into attachment (workspace, id, message, n, channel, account, name, type, size, sha256, state, blob, at_vendor, live)
        select here, f.file ->> 'id', m.id, (select count(*) from attachment a where a.workspace = here and a.message = m.id) + f.n, m.channel, m.account,
          f.file ->> 'name', f.file ->> 'type', (f.file ->> 'size')::bigint, f.file ->> 'sha256', f.file ->> 'state', f.file -> 'source' ->> 'blob',
          f.file -> 'source' ->> 'atVendor', f.file -> 'source' ->> 'live'
        from message m cross join lateral json_array_elements(r."addFiles") with ordinality as f (file, n)
        where m.workspace = here and m.id = r.message
        on conflict (workspace, id) do nothing;
    end if;
    if r."deletedRevision" is not null then
      update message m set text = '', full_text = null, html = null, parts = '[]', text_revision = '', deleted_revision = r."deletedRevision"
        where m.workspace = here and m.id = r.message and m.deleted_revision is null;
    end if;
    if r.react is not null then
      -- A reaction taken back stays as a mark, so that an older one that comes later does not bring it back.
      update message m set reactions = (
          select coalesce(json_agg(x), '[]') from (
            select x from json_array_elements(m.reactions) x where x ->> 'by' <> r.react ->> 'by' union all select r.react) as kept (x))
        where m.workspace = here and m.id = r.message and not exists (
          select 1 from json_array_elements(m.reactions) x
          where x ->> 'by' = r.react ->> 'by' and not is_newer(r.react ->> 'revision', x ->> 'revision'));
    end if;
  end loop;
end $function$;
