// What the spine's own promises stand on (G, M, and the last of S), each with the change that takes it out and the tests that must notice.
import { row, type Defence } from './defence.ts'

const ingest = 'core/runtime/ingest.ts'
const receive = 'core/runtime/receive.ts'
const worker = 'core/runtime/run-worker.ts'
const batch = 'core/runtime/decide-batch.ts'
const watch = 'core/runtime/watch-accounts.ts'
const door = 'infra/drivers/http-door.ts'
const http = 'infra/drivers/http.ts'
const consume = 'infra/drivers/log-postgres/consume.ts'
const append = 'infra/drivers/log-postgres/append.ts'
const logSql = 'infra/migrations/0002-log.sql'
const appendSql = 'infra/migrations/0013-append-packed.sql'
const encode = 'infra/drivers/log-postgres/encode.ts'
const queueSql = 'infra/migrations/0005-queues.sql'
const changeSql = 'infra/migrations/0015-by-the-batch.sql'
const claimSql = 'infra/migrations/0016-claim-together.sql'

const log = 'infra/drivers/log-postgres.int.test.ts'
const leases = 'infra/drivers/log-postgres-leases.int.test.ts'
const received = 'core/runtime/receive.int.test.ts'
const worked = 'core/runtime/run-worker.int.test.ts'
const lives = 'core/runtime/run-worker-lives.int.test.ts'
const watched = 'core/runtime/watch-accounts.int.test.ts'
const stored = 'infra/store/store.int.test.ts'
const queued = 'infra/store/queues/loops.int.test.ts'
const delivered = 'infra/store/queues/deliveries.int.test.ts'
const callers = 'infra/drivers/http-callers.test.ts'
const doorTests = 'infra/drivers/http.test.ts'
const stops = 'connectors/whatsapp/journeys-stop.int.test.ts'
const locked = 'infra/drivers/data-lock.test.ts'

const appended = 'await deps.log.append({ raws: taken.map((it) => it.kept), events }, signal)'
const unwaited = 'void deps.log.append({ raws: taken.map((it) => it.kept), events }, signal).catch(() => undefined)'

export const ofTheSpine: readonly Defence[] = [
  row('G1', 'the answer waits for the append', ingest, appended, unwaited, 'test/walks/crash.int.test.ts'),
  row('G2', 'the answer waits for the append', ingest, appended, unwaited, received),
  row('G2', 'what cannot be kept is no 2xx', receive, 'return tryAgain(5)', 'return { status: 200 }', received),
  row('G2', 'the answer is given in time', door, 'late.resolve(null)', '', doorTests),
  row('G2', 'an append has a deadline', append, "signal.addEventListener('abort', expire, { once: true })", '', log),
  row('G3', 'a 503 says when to come again', door, "reply.header('retry-after', reason === 'overload' ? '1' : '5')", '', doorTests),
  row('G3', 'nobody is not here', receive, "status: 404, body: 'Not found\\n'", "status: 503, body: 'Not found\\n'", received),
  row('G3', 'what cannot be read is taken and set aside', ingest, 'return [quarantined(raw, `cannot be read: ${messageOf(error)}`)]', 'throw error', received),
  row('G4', 'a worker meets an event once', batch, 'return events.filter((event) => fresh.delete(event.id))', 'return events', worked),
  row('G4', 'a cause raises the same events again', 'core/runtime/raise.ts', "raisedEventId(cause.workspace, decider, name, it.type, it.slot ?? '')", "raisedEventId(cause.workspace, decider, name, it.type, String(performance.now()))", 'core/runtime/raise.test.ts'),
  row('G4', 'a message that is there is not added', 'workers/threading/message.ts', 'if (thread.target?.message) return nothing', '', 'workers/threading/threading.test.ts'),
  row('G5', 'the inbox remembers for two weeks', 'core/runtime/housekeep.ts', 'Math.max(keepDays, 14) + 2', '1', 'core/runtime/housekeep.int.test.ts'),
  row('G5', 'a swap waits for claims', queueSql, 'perform pg_advisory_xact_lock_shared(7202600001);', '', 'infra/store/queues/accounts-and-prunes.int.test.ts'),
  row('G5', 'a swap forgets the older generation alone', queueSql, 'if state.current = 0 then truncate inbox_1; else truncate inbox_0; end if;', 'truncate inbox_0, inbox_1;', 'infra/store/queues/accounts-and-prunes.int.test.ts'),
  row('G5', 'the account is part of the key', 'schemas/ids.ts', "idFrom('evt', 'in', workspace, channel, account, type, dedupe)", "idFrom('evt', 'in', workspace, channel, type, dedupe)", 'core/runtime/raise.test.ts'),
  row('G6', 'one call that is unreadable in part is cut to its items', 'core/runtime/ingest.ts', 'return await channel.normalize(raw, { id: account.id, settings: account.settings })', "const all = await channel.normalize(raw, { id: account.id, settings: account.settings }); return all.some((it) => it.type === 'ingest.quarantined') ? all.filter((it) => it.type === 'ingest.quarantined') : all", received),
  row('G7', 'a state never goes back', 'core/rules/reply-state.ts', 'read: [],', "read: ['delivered'],", 'core/rules/reply-state.test.ts'),
  row('G7', 'the last moment only moves forward', changeSql, 'customer_at = greatest(v.customer_at, r."customerAt")', 'customer_at = coalesce(r."customerAt", v.customer_at)', stored),
  row('G7', 'what was said before the message waits for it', 'workers/threading/message.ts', 'const waiting = thread.target?.waiting ?? []', 'const waiting: never[] = []', 'workers/threading/converges.test.ts'),
  row('G8', 'first the bytes, then the position', watch, 'if (arrivals.length > 0) await ingest(arrivals, deps, AbortSignal.timeout(appendMs))\n  return deps.keeps.put(account, receiver.name, page.keep, epoch)', 'const kept = await deps.keeps.put(account, receiver.name, page.keep, epoch)\n  if (arrivals.length > 0) await ingest(arrivals, deps, AbortSignal.timeout(appendMs))\n  return kept', watched),
  row('G8', 'the holder of the lease alone stores', 'infra/store/queues/keeps.ts', 'and l.epoch = q.epoch where l.until > clock_timestamp() for share', 'for share', queued),
  row('G8', 'pauses grow', watch, 'const againPause = { baseMs: 1000, maxMs: 10 * 60 * 1000 }', 'const againPause = { baseMs: 1, maxMs: 1 }', watched),
  row('G9', 'nobody overtakes who waits', 'core/runtime/rounds.ts', 'for (const name of names) held.add(name)', 'if (now.includes(event)) for (const name of names) held.add(name)', 'core/runtime/rounds.test.ts'),
  row('G9', 'a key has one partition', 'core/runtime/partition.ts', '(murmur2(utf8.encode(key)) & 0x7fffffff) % partitions', '(globalThis.turns = (globalThis.turns ?? 0) + 1) % partitions', 'core/runtime/partition.test.ts'),
  row('G9', 'what is appended together keeps its order', encode, 'lane.events.push(event)', 'lane.events.unshift(event)', log),
  row('G10', 'the feed is numbered under the lock of its head', changeSql, 'select next into first from feed_head where workspace = here for update;', 'select coalesce(max(sequence), 0) + 1 into first from feed where workspace = here;', 'infra/store/feed-writers.int.test.ts'),
  row('G11', 'without wake-ups there is the poll', 'infra/drivers/log-postgres/heads.ts', 'if (!hinted || silent) await nap(deps.clock, everyMs, { signal, bell })', 'if (!hinted || silent) await nap(deps.clock, 3_600_000, { signal, bell })', log),
  row('G11', 'others are not told of each append', 'infra/drivers/announce.ts', 'const atMostEveryMs = 50', 'const atMostEveryMs = 0', log),
  row('G12', 'the position moves after the handler', consume, 'if (events.length > 0 && !(await handled(events, { asks, turn, deps }))) return', 'if (events.length > 0) void handled(events, { asks, turn, deps })', log),
  row('G12', 'guard and effect are one transaction', 'infra/store/transaction.ts', "connection.query({ text: 'begin' })", "connection.query({ text: 'select 1' })", 'infra/store/faults.int.test.ts'),
  row('G13', 'tries are bounded', worker, 'const maxTries = 3', 'const maxTries = 1e9', worked),
  row('G13', 'the world’s faults are not counted', worker, 'await deps.attempts.forget(worker.name, [event.id])\n      throw error', 'throw error', worked),
  row('G13', 'an event that ends the process is counted before it is tried', worker, 'const suspectBatches = 10', 'const suspectBatches = 0', lives),
  row('G13', 'what is tried again keeps its row until it went well', 'core/runtime/retry-parked.ts', "if (row.worker === 'normalize') await readAgain(row.event, ask, deps)", "if (row.worker === 'normalize') await readAgain(row.event, ask, deps).catch(() => undefined)", 'core/runtime/replay.int.test.ts'),
  row('G14', 'what waits for the log is bounded', append, 'if (waitingBytes + encoded.bytes > maxWaitingBytes)', 'if (waitingBytes < 0)', log),
  row('G14', 'calls at once are bounded', door, 'if (waiting.now >= rules.maxKnocks)', 'if (waiting.now < 0)', doorTests),
  row('G14', 'labels of metrics are bounded', 'infra/drivers/metrics.ts', 'const mostCombinations = 2_000', 'const mostCombinations = 2e9', 'infra/drivers/metrics.test.ts'),
  row('G15', 'who lost a partition moves no position', logSql, 'and c.partition = l.p and c.owner = l.m and c.epoch = l.epoch', 'and c.partition = l.p', leases),
  row('G15', 'a lease has one holder', 'infra/store/queues/leases.ts', 'where l.owner = excluded.owner or l.until', 'where true or l.until', queued),
  row('G15', 'an epoch for each holder', 'infra/store/queues/leases.ts', 'epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end', 'epoch = l.epoch', queued),
  row('G16', 'calls in hand are answered', http, 'await app.close()\n', 'app.server.closeAllConnections(); await app.close()\n', callers),
  row('G16', 'who stops lets go at once', logSql, 'update log_cursor c set owner = null, lease_until = null where c.group_name = who and c.owner = me;', '', log),
  row('G17', 'a lease from before a clock was set back is free', logSql, 'or not (f.lease_until between t and t + lease + interval \'1 s\')', 'or f.lease_until < t', leases),
  row('G17', 'durations are counted from one clock', 'infra/store/queues/delay.ts', 'Date.parse(clock.now())', 'Date.now()', 'infra/store/queues/clocks.int.test.ts'),
  row('F14', 'what no text holds is refused before it is sent', encode, 'mayBeNoText.test(text) && noText.test(text)', 'text === noText.source', log),
  row('G17', 'the log’s day does not go back', appendSql, 'day = greatest(s.day, log_today())', 'day = log_today()', 'infra/drivers/log-postgres-care.int.test.ts'),
  row('G17', 'ticks are no wall clock', 'infra/drivers/clock.ts', 'ticks: () => performance.now()', 'ticks: () => Date.now()', 'infra/drivers/clock.test.ts'),
  row('G18', 'a newer version is not guessed', 'schemas/check.ts', 'event.version > schemaVersion ||', '', worked),
  row('G18', 'a type of a newer release is not passed over', 'infra/drivers/log-kafka/strangers.ts', '|| isNewer(type, topic, prefix))\n', ')\n', 'infra/drivers/log-kafka.int.test.ts'),
  row('G18', 'nor where the log is in PostgreSQL', 'infra/drivers/log-postgres/consume.ts', 'values: [JSON.stringify(lanes), others, since]', 'values: [JSON.stringify(lanes), [...others, \'message.celebrated\'], since]', log),
  row('G18', 'what is still unknown stays set aside', 'core/runtime/retry-parked.ts', "if (why !== null) throw new GatewayError('event.invalid', `It still", "if (why === '') throw new GatewayError('event.invalid', `It still", 'core/runtime/retry-parked.int.test.ts'),
  row('G18', 'migrations run under a lock', 'infra/drivers/migrate.ts', 'await lock(client, needs.log)', '', 'infra/drivers/migrate.int.test.ts'),
  row('G18', 'a changed migration is refused', 'infra/drivers/migrate.ts', 'if (known.get(name) !== hash) throw', "if (known.get(name) === '') throw", 'infra/drivers/migrate.int.test.ts'),
  row('G19', 'who lost the lease undoes nothing', 'infra/store/queues/finish-delivery.ts', "const isMine = row.attempt === delivery.attempt && row.state === 'sending'", 'const isMine = true', delivered),
  row('G19', 'an unsure one holds back what follows', claimSql, "and e.state in ('queued', 'sending', 'unsure') limit 1) is null", "and e.state in ('queued', 'sending') limit 1) is null", delivered),
  row('G19', 'one key is one reply', 'core/runtime/run-command.ts', 'if (key !== null) await tx.keepAnswer(key, inputHash, answer)', '', 'api/replies.int.test.ts'),
  row('G20', 'buckets hold', claimSql, 'least(abs(s.lets), ceil(room::numeric / h.lanes),', 'least(ceil(room::numeric / h.lanes),', delivered),
  row('G21', 'a machine’s mail says that it is one', 'connectors/email/compose/compose.ts', "'Auto-Submitted': isNotice ? 'auto-generated' : 'auto-replied',", '', 'connectors/email/send.test.ts'),
  row('G22', 'one that is down is tried by one at a time', 'core/runtime/circuit.ts', 'if (state.probing || clock.ticks() < state.openUntilTicks) return false', '', 'core/runtime/circuit.test.ts'),
  row('G22', 'silence three times in a row is the vendor’s', 'core/runtime/circuit.ts', 'const silencesAllowed = 2', 'const silencesAllowed = 2e9', 'core/runtime/circuit.test.ts'),
  row('G22', 'an account takes its share of the places', claimSql, 'least(abs(s.lets), ceil(room::numeric / h.lanes),', 'least(abs(s.lets), room,', delivered),
  row('G23', 'a commit is synchronised', 'infra/drivers/postgres-server/settings.ts', "fsync: 'on',", "fsync: 'off',", 'infra/drivers/postgres-server.int.test.ts'),
  row('G23', 'an append is synchronised', appendSql, "perform set_config('transaction_timeout', '5s', true);", "perform set_config('transaction_timeout', '5s', true), set_config('synchronous_commit', 'off', true);", log),
  row('G24', 'a living holder is respected', 'infra/drivers/data-lock.ts', "return life === 'elsewhere' ? await beats(path, watchMs) : life === 'alive'", 'return false', locked),
  row('G24', 'a dead holder is followed', 'infra/drivers/data-lock.ts', "return life === 'elsewhere' ? await beats(path, watchMs) : life === 'alive'", 'return true', locked),
  row('G25', 'a server that was left over is ended', 'infra/drivers/postgres-server.ts', 'await ensureCluster(place, binaries)\n  await endLeftOver(place, log)', 'await ensureCluster(place, binaries)', 'infra/drivers/postgres-server/left-overs.int.test.ts'),
  row('G25', 'somebody else’s process is left alone', 'infra/drivers/postgres-server/postmaster.ts', 'if (exists(pid) && !isOurs()) await forget(pid, place)', '', 'infra/drivers/postgres-server/left-overs.int.test.ts'),
  row('G27', 'the desk has connections of its own', 'infra/store/transaction.ts', ".pool('desk')", ".pool('loops')", stops),
  row('M1', 'what could not be kept is counted', receive, "deps.meter.count('received', about)", '', received),
  row('M1', 'repeats are counted', batch, "if (taken < batch.length) deps.meter.count('duplicate', { worker: worker.name }, batch.length - taken)", '', received),
  row('M2', 'how far a worker is behind is asked for', logSql, 'extract(epoch from clock_timestamp() - min(e.stored_at))', '0', log),
  row('M3', 'ready only when nothing is missing', http, 'reply.status(state.ready ? 200 : 503)', 'reply.status(200)', callers),
  row('M3', 'alive whatever is missing', http, "handler: async () => ({ status: 'ok' }) })", "handler: async (_r, reply) => { const { ready: is } = await ready(); return reply.status(is ? 200 : 503).send({ status: 'ok' }) } })", callers),
  row('M4', 'what is raised carries the id of its cause', 'core/runtime/raise.ts', 'correlation: cause.correlation', 'correlation: String(performance.now())', 'core/runtime/raise.test.ts'),
  row('M4', 'a call may bring its id', http, "correlationOf(headers['inlet-correlation-id']) ?? randomUUID()", 'randomUUID()', doorTests),
  row('S4', 'a call that was recorded is a repeat', 'core/runtime/inbound-event.ts', 'source.account.id, it.type, it.dedupe)\n  const data', 'source.account.id, it.type, `${it.dedupe} ${source.raw.receivedAt}`)\n  const data', 'connectors/whatsapp/promises.int.test.ts'),
  row('S15', 'a pattern’s signs stand for themselves', 'infra/store/queries/tickets.ts', "const like = `%${q.replace(/[\\\\%_]/g, '\\\\$&')}%`", 'const like = `%${q}%`', 'api/injection.int.test.ts'),
  row('S15', 'values are parameters', 'infra/store/queries/tickets.ts', ': sql`${column} = any(${[...values]}::text[])`', ": sql`${column} = any(${sql.raw(`array['${values.join(\"','\")}']`)}::text[])`", 'api/injection.int.test.ts'),
  row('S31', 'a package has one version', 'package.json', '"axios": "', '"axios": "^', 'test/supply.test.ts'),
  row('S32', 'the directory is its owner’s', 'infra/drivers/data-lock.ts', 'await mkdir(dataDir, { recursive: true, mode: 0o700 })', 'await mkdir(dataDir, { recursive: true, mode: 0o755 })', locked),
  row('S32', 'the lock is its owner’s', 'infra/drivers/data-lock.ts', 'await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flush: true })\n  try', 'await writeFile(draft, JSON.stringify(holder), { mode: 0o644, flush: true })\n  try', locked),
  row('S32', 'no root runs the database', 'infra/drivers/postgres-server/postmaster.ts', 'const child = spawn(file, words, {\n    ...place.account,', 'const child = spawn(file, words, {', 'infra/drivers/postgres-server.int.test.ts'),
] // prettier-ignore
