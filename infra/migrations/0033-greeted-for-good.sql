-- A conversation is greeted once, and may go on for years: that it was is forgotten by no age (L2). Everything else that is counted goes.
grant select (code, kind) on auto_reply_note to inlet_loops;
drop index auto_reply_note_at;
create index auto_reply_note_at on auto_reply_note (at) where kind <> 'greeting' or code is not null;
