// Each defence with the change that takes it out and the tests that must then fail: a test that passes without its defence proves nothing.

import { ofPeople } from './people.ts'
import { ofTheDesk } from './desk.ts'
import { ofRules } from './rules.ts'
import { ofAssignment } from './assignment.ts'
import { ofTriage } from './triage.ts'
import { ofTheSpine } from './spine.ts'

export interface Defence {
  /** Of the promise it keeps. */
  readonly id: string
  readonly what: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** A file of tests; those that carry the id in their names are run. */
  readonly tests: string
}
const wa = 'connectors/whatsapp/whatsapp.test.ts'
const hmac = 'connectors/_shared/hmac-signature.ts'
const meta = 'connectors/_shared/meta-webhook.ts'
const rules = 'infra/drivers/fetch-rules.ts'
const guard = 'infra/drivers/guarded-fetch.ts'
const guardTests = 'infra/drivers/guarded-fetch.test.ts'
const callers = 'infra/drivers/http-callers.test.ts'
const door = 'infra/drivers/http-door.ts'
const http = 'infra/drivers/http.ts'
const auth = 'api/auth.ts'
const keys = 'api/keys.int.test.ts'

const row = (id: string, what: string, file: string, from: string, to: string, tests: string): Defence => ({ id, what, file, from, to, tests }) // prettier-ignore

export const defences: readonly Defence[] = [
  row('P19', 'what a colleague wrote over ours is marked', 'workers/threading/index.ts', 'markStanding(event, facts, takeEcho(event, facts, moment))', 'takeEcho(event, facts, moment)', 'workers/threading/standing.test.ts'),
  row('P19', 'a second answer of ours marks the first', 'workers/outbound/index.ts', 'decisionOf(marksOfSent(event.data.message as MessageId, facts.said)),', '', 'workers/threading/standing.test.ts'),
  row('P19', 'what went out after the look is not overwritten by it', 'core/rules/standing-answer.ts', '!standing.has(it.id) && it.at < sight.lookedAt', '!standing.has(it.id)', 'core/rules/standing-answer.test.ts'),
  row('P19', 'an answer that was seen since marks nothing', 'core/rules/standing-answer.ts', ' || sent.replacedBy !== null', '', 'core/rules/standing-answer.test.ts'),
  row('P19', 'what the customer has answered stays', 'core/rules/standing-answer.ts', 'it.at <= sent.at && !theyWroteBetween(said, it.at, sent.at)', 'it.at <= sent.at', 'core/rules/standing-answer.test.ts'),
  row('P19', 'words that were put back are told again', 'connectors/_shared/reviews/events.ts', '`${said.key} ${said.at}`', 'said.key', 'test/contracts/reviews.test.ts'),
  row('P19', 'wordings are counted', 'connectors/_shared/reviews/known.ts', 'version: was.version + 1', 'version: 2', 'connectors/_shared/reviews/known.test.ts'),
  row('F14', 'what left the memory as it was is no edit', 'connectors/_shared/reviews/known.ts', 'if (at.former !== null && asItLeft(review, at.former)) return null', '', 'test/contracts/reviews.test.ts'),
  row('G8', 'what is about to be told is written down', 'connectors/_shared/reviews/poll.ts', 'if (raws.length > 0) yield { raws: [], keep: known.intent() }', '', 'connectors/appstore/appstore.test.ts'),
  row('D35', 'what the store shows no more is a gap', 'connectors/_shared/reviews/poll.ts', 'yield gap === undefined ? page : { ...page, gap }', 'yield page', 'connectors/googleplay/googleplay.test.ts'),
  row('D35', 'a fifth of the calls is left for answers', 'connectors/_shared/reviews/budget.ts', 'export const share = 0.8', 'export const share = 1', 'connectors/googleplay/googleplay.test.ts'),
  row('D34', 'an edit that moves no date is looked for', 'connectors/appstore/poll.ts', 'page >= deepPages && walk.newOnPage === 0', 'walk.newOnPage === 0', 'connectors/appstore/appstore.test.ts'),
  row('S8', 'the next page is at the host that was asked', 'connectors/appstore/poll.ts', 'URL.canParse(next) && new URL(next).origin === new URL(base).origin', 'URL.canParse(next)', 'connectors/appstore/appstore.test.ts'),
  row('G20', 'quota that comes as 403 is no missing right', 'connectors/googleplay/api.ts', 'status === 429 || said.reasons.some((it) => quotas.includes(it))', 'status === 429', 'connectors/googleplay/googleplay.test.ts'),
  row('D36', 'success is a code of 0', 'connectors/huawei/wire.ts', "if (found === undefined) return { is: 'failed', code: '', words: 'an answer without a code' }", "if (found === undefined) return { is: 'ok' }", 'connectors/huawei/huawei.test.ts'),
  row('F13', 'a colleague’s answer is not overwritten blindly', 'connectors/_shared/reviews/answer.ts', 'if (standing === undefined || answerKey', "if (standing !== '' || answerKey", 'connectors/appstore/appstore.test.ts'),
  row('S18', 'a vendor’s words may quote our secrets', 'connectors/_shared/store-calls.ts', ".reduce((said, secret) => said.replaceAll(secret, '[secret]'), text)", '.reduce((said) => said, text)', 'test/contracts/reviews.test.ts'),
  row('G19', 'an echo without our key is compared with what is under way', 'workers/threading/read.ts', 'echoOf(data, await read.replies.mayProve({ channel, account, kind: data.kind, conversation }))', 'null as ReplyRow | null', 'workers/threading/answered-apart.test.ts'),
  row('G19', 'and its reply is known to have gone out', 'workers/outbound/read.ts', 'echoOf(data, await read.replies.mayProve({ channel, account, kind: data.kind, conversation }))', 'null as ReplyRow | null', 'workers/threading/answered-apart.test.ts'),
  row('G19', 'and with what went to another conversation', 'infra/store/read/replies.ts', " or (r.outbound ->> 'kind' <> q.kind and json_array_length(r.outbound -> 'parts') > 0)", '', 'connectors/instagram/journeys.int.test.ts'),
  row('G15', 'who has handled nothing says no place', 'infra/drivers/log-kafka/lanes.ts', 'if (lane.payload === null) beginAt(lane, Number(batch.messages[0]?.offset ?? 0))', '', 'infra/drivers/log-kafka/lanes.test.ts'),
  row('B4', 'what a host says that is not ours is a stranger’s word', 'connectors/email/normalize/authentication.ts', 'if (isOurs(host, trusted)) return readResults', 'return readResults', 'connectors/email/facts.test.ts'),
  row('B4', 'what stands below the first strange hop is a stranger’s too', 'connectors/email/normalize/authentication.ts', 'if (!isOurs(by, trusted)) return unknown', '', 'connectors/email/facts.test.ts'),
  row('S2', 'the signer is the sender’s own domain, or one above it', 'connectors/email/normalize/authentication.ts', "sender !== '' && signer.includes('.') && (", "sender !== '' || (", 'connectors/email/facts.test.ts'),
  row('S2', 'a forwarder’s chain counts where somebody named it', 'connectors/email/normalize/authentication.ts', "return !(arc === 'pass' && sealer", "return !(arc !== 'x' && sealer", 'connectors/email/facts.test.ts'),
  row('P9', 'where anybody gets a mailbox nobody is a colleague', 'connectors/email/normalize/organisation.ts', 'if (everybodys.has(domain)) return null', '', 'connectors/email/organisation.test.ts'),
  row('P9', 'an envelope is believed of named providers alone', 'connectors/email/normalize/certified.ts', '|| !certifiers.some((it) => asInDns(it) === domain)', '', 'connectors/email/certified.test.ts'),
  row('P9', 'and only when a trusted host proves them', 'connectors/email/normalize/certified.ts', '!isProven(authentication) || ', '', 'connectors/email/certified.test.ts'),
  row('P10', 'a mail that nobody can answer is a machine’s', 'connectors/email/normalize/automatic.ts', "if (isNullSender(headers)) return 'return-path: <>'", '', 'connectors/email/facts.test.ts'),
  row('P10', 'what came in blind copy is answered by no machine', 'connectors/email/normalize/answering.ts', "if (via === 'bcc') return 'we got it in blind copy'", '', 'connectors/email/facts.test.ts'),
  row('P10', 'what asks for no automatic answers gets none', 'connectors/email/normalize/answering.ts', "return asks ? 'its sender asks for no automatic answers' : null", 'return null', 'connectors/email/facts.test.ts'),
  row('P9', 'an automatic subject counts only as an answer to us', 'connectors/email/normalize/automatic.ts', 'subjects.test(subject) && answeredIds', 'subjects.test(subject) || answeredIds', 'connectors/email/facts.test.ts'),
  row('B18', 'where a private answer arrives is who it was for', 'workers/threading/index.ts', '[writtenTo, ...others]', 'others', 'workers/threading/answered-apart.test.ts'),
  row('P17', 'only a person’s words go under the tag', 'connectors/_shared/meta-dm/outgoing.ts', "as === 'tagged' && author === 'person'", "as === 'tagged'", 'connectors/messenger/messenger.test.ts'),
  row('D38', 'the vendor’s clock may be ahead of ours', 'connectors/_shared/meta-dm/send.ts', "shut && message.author", "shut && message.text === '' && message.author", 'connectors/messenger/messenger.test.ts'),
  row('G4', 'a comment is one in every field', 'connectors/instagram/comments.ts', '...keysOf(scene, id, id),', '...keysOf(scene, `mention ${id}`, id),', 'connectors/instagram/instagram.test.ts'),
  row('D46', 'a person has seven days', 'connectors/_shared/meta-dm/capabilities.ts', "untilHours: 7 * 24, for: 'person'", "untilHours: 8 * 24, for: 'person'", 'connectors/messenger/door.test.ts'),
  row('B17', 'a machine has one', 'connectors/_shared/meta-dm/capabilities.ts', "untilHours: 7 * 24, for: 'person'", "untilHours: 7 * 24, for: 'anyone'", 'connectors/instagram/door.test.ts'),
  row('G6', 'an item that is no object is put aside', 'connectors/_shared/items.ts', 'isObject(item.content) ? item.read(item.content, item.scene)', 'item.content !== 7 ? item.read(item.content as Json, item.scene)', 'connectors/messenger/door.test.ts'),
  row('S1', 'the other login model’s secret signs too', 'connectors/instagram/receive.ts', ", ['appSecret', 'otherAppSecret']", '', 'connectors/instagram/instagram.test.ts'),
  row('P8', 'a field that is not subscribed is said', 'connectors/_shared/meta-dm/watch.ts', 'if (missing.length === 0)', 'if (missing.length < 99)', 'connectors/messenger/messenger.test.ts'),
  row('G20', 'names are asked for at leisure', 'core/runtime/ask-names.ts', 'const spacingMs = 250', 'const spacingMs = 1', 'core/runtime/ask-names.test.ts'),
  row('F13', 'a vendor that fails is left alone', 'core/runtime/ask-names.ts', 'deps.clock.ticks() + (rest ?? restsMs.at(-1)!)', 'deps.clock.ticks()', 'core/runtime/ask-names.test.ts'),
  row('S1', 'the challenge signs no call', 'connectors/x/receive.ts', "if (!isChallenge(token))", 'if (token === null)', 'connectors/x/x.test.ts'),
  row('S1', 'a word that was signed as a challenge is no call', 'connectors/x/receive.ts', 'if (isChallenge(textOf(request.body.subarray(0, longestChallenge + 1))))', 'if (request.body.length < 0)', 'connectors/x/x.test.ts'),
  row('S2', 'a digest in base64 has one spelling', hmac, '[AEIMQUYcgkosw048]', '[A-Za-z0-9+/]', 'connectors/x/x.test.ts'),
  row('P8', 'a pair that was not stored is kept for the next try', 'connectors/x/sign-in.ts', 'unstored.get(used) ?? ', '', 'connectors/x/x-calls.test.ts'),
  row('D39', 'the place moves with the last page', 'connectors/x/poll.ts', 'n === raws.length - 1 ?', 'n >= 0 ?', 'connectors/x/poll.test.ts'),
  row('D39', 'the last seconds are read again', 'connectors/x/place.ts', 'const overlapMs = 10_000n', 'const overlapMs = 0n', 'connectors/x/poll.test.ts'),
  row('G20', 'calls are left for looking after replies', 'connectors/x/poll.ts', 'budget.remaining > reserve', 'budget.remaining >= 0', 'connectors/x/poll.test.ts'),
  row('G19', 'the same words from before are another message', 'connectors/x/find.ts', '>= from)', '>= 0)', 'connectors/x/x-calls.test.ts'),
  row('D39', 'what X shows no more is a gap', 'connectors/x/poll.ts', '...(gap === undefined ? {} : { gap })', '', 'connectors/x/poll.test.ts'),
  row('D39', 'a look that found nothing is known', 'connectors/x/poll.ts', '(isDue || isOver ||', '(isOver ||', 'connectors/x/poll.test.ts'),
  row('D39', 'an answer does not take a gap back', 'connectors/x/poll.ts', "if (shown === 'gap') return false", '', 'connectors/x/poll.test.ts'),
  row('D39', 'webhook and poll tell one fact', 'connectors/x/normalize/messages.ts', 'said.dedupe ?? `dm ${id}`', 'said.dedupe ?? `dm ${id} ${scene.digest()}`', 'connectors/x/poll.test.ts'),
  row('D39', 'after an outage X is asked to repeat', 'connectors/x/webhook-care.ts', 'wasValid && !wasAway ?', 'wasValid ?', 'connectors/x/webhook-care.test.ts'),
  row('D39', 'what X does not repeat is a gap', 'connectors/x/webhook-care.ts', 'validAt === null || validAt >= furthest', "validAt !== ''", 'connectors/x/webhook-care.test.ts'),
  row('D39', 'an edit of ours is an edit', 'connectors/x/normalize/posts.ts', 'echo(post, scene) : received(post, scene), ...editOf(post, customer, scene)]', 'echo(post, scene) : received(post, scene), ...(isOurs ? [] : editOf(post, customer, scene))]', 'connectors/x/x.test.ts'),
  row('F13', 'half a minute is too long', 'connectors/x/api.ts', 'timeoutMs: 20_000', 'timeoutMs: 60_000', 'connectors/x/faults.test.ts'),
  row('F13', 'a page of somebody else’s is no answer', 'connectors/x/webhook-care.ts', 'if (said === null) throw', 'if (said === undefined) throw', 'connectors/x/faults.test.ts'),
  row('G20', 'told to wait it waits', 'connectors/x/poll.ts', 'status === 429 && waits', 'status === 428 && waits', 'connectors/x/poll.test.ts'),
  row('G20', 'a reset is read by X’s own clock', 'connectors/x/rate.ts', 'Number.isNaN(said) ? oursMs : said', 'Number.isNaN(said) ? oursMs : oursMs', 'connectors/x/x.test.ts'),
  row('P8', 'a token that a person gave goes first', 'connectors/x/sign-in.ts', 'if (kept !== null && kept.seed === seed) return', 'if (kept !== null) return', 'connectors/x/x-calls.test.ts'),
  row('P8', 'the pair is stored before it is used', 'connectors/x/sign-in.ts', "account.renew('tokens', async (old) => {", "(async (_name: string, make: (old: string) => Promise<{ value: string }>) => (await make('')).value)('tokens', async (old) => {", 'connectors/x/x-calls.test.ts'),
  row('D39', 'a film is sent when X has looked at it', 'connectors/x/upload.ts', 'up.isReady ? null :', 'up !== null ? null :', 'connectors/x/x-calls.test.ts'),
  row('G19', 'a film is put up once', 'connectors/x/upload.ts', 'put.get(place) ?? ', '', 'connectors/x/x-calls.test.ts'),
  row('S9', 'a public file gets no proof of ours', 'connectors/x/files.ts', 'isPrivate ? await whoFetches(way) : null', 'await whoFetches(way)', 'connectors/x/x-calls.test.ts'),
  row('S4', 'a repeat is known by what it holds', 'connectors/x/normalize/scene.ts', 'dedupe: `${path} ${scene.digest()}`', 'dedupe: `${path} ${scene.receivedAt}`', 'connectors/x/x.test.ts'),
  row('D42', 'an encrypted message is said', 'connectors/x/normalize/activity.ts', "'chat.received': readChat", "'chat.received': () => []", 'connectors/x/x.test.ts'),
  row('F13', 'a silent stream is dead', 'connectors/x/lines.ts', 'Promise.race([from.next(), silence])', 'from.next()', 'connectors/x/stream.test.ts'),
  row('F13', 'a line that does not end is no line', 'connectors/x/lines.ts', 'rest.byteLength > longestLine', 'rest.byteLength > longestLine * 99', 'connectors/x/stream.test.ts'),
  row('D39', 'a stream that was not heard leaves a gap', 'connectors/x/stream.ts', 'Date.parse(heardAt) <= awayMs', 'Date.parse(heardAt) <= awayMs * 999', 'connectors/x/stream.test.ts'),
  row('P8', 'a poll takes back its own word alone', 'connectors/x/poll.ts', "(said !== null && (state === said || state === 'connected'))", 'said !== null', 'connectors/x/poll.test.ts'),
  row('D39', 'a conversation is named by number', 'connectors/x/wire.ts', 'isNumber ? BigInt(one) <= BigInt(other) : one <= other', 'one <= other', 'connectors/x/x.test.ts'),
  row('G1', 'what a stream told and is not safe is given again', 'connectors/x/stream.ts', 'if (before !== undefined) yield before', '', 'connectors/x/stream.test.ts'),
  row('S1', 'the exact bytes are signed', hmac, 'update(request.body)', "update(JSON.stringify(JSON.parse(Buffer.from(request.body).toString() || '{}')))", wa),
  row('S1', 'a signature has to fit', hmac, 'return fits.includes(true) ? null', 'return fits.length > 0 ? null', 'test/contracts/channels.test.ts'),
  row('S2', 'a doubled header is refused', hmac, 'values.length > 1', 'values.length > 99', wa),
  row('S2', 'no empty secret signs', hmac, "secrets.filter((secret) => secret !== '')\n  if", 'secrets.filter(() => true)\n  if', wa),
  row('S2', 'the time of a comparison tells nothing', hmac, "timingSafeEqual(createHmac('sha256', keyOf(secret)).update(request.body).digest(), given)", "createHmac('sha256', secret).update(request.body).digest().equals(given)", 'test/architecture.test.ts'),
  row('S3', 'a retired secret ends at its time', 'core/runtime/directory.ts', 'until !== undefined && now < until', 'until !== undefined', 'connectors/whatsapp/journeys-accounts.int.test.ts'),
  row('S3', 'the previous secret holds until then', 'core/runtime/directory.ts', 'until !== undefined && now < until', 'until !== undefined && now > until', 'connectors/whatsapp/journeys-accounts.int.test.ts'),
  row('S5', 'the verify token has to fit', meta, '!proven || given!.length !== 1', 'given!.length !== 1', wa),
  row('S5', 'a challenge is plain text', meta, "'text/plain; charset=utf-8', 'x-content", "'text/html; charset=utf-8', 'x-content", wa),
  row('S6', 'a token address has to fit', 'core/runtime/receive.ts', 'known.length === given.length && timingSafeEqual(given, known)', 'known.length === given.length', 'core/runtime/receive-token.test.ts'),
  row('S7', 'nesting is limited', meta, 'depthOf(request.body) > maxDepth', 'depthOf(request.body) > 1e9', wa),
  row('S7', 'traps of keys leave', 'core/runtime/clean.ts', '!traps.has(key)', "key !== ''", 'core/runtime/clean.test.ts'),
  row('S7', 'headers are limited', http, 'maxHeaderSize: 16 * 1024', 'maxHeaderSize: 64 * 1024', callers),
  row('S7', 'bodies are limited', door, 'bodyLimit: door.rules.maxBodyBytes', 'bodyLimit: 2 ** 31', 'infra/drivers/http.test.ts'),
  row('S7', 'calls are counted', door, 'if (limit.isAllowed || !limit.isExceeded) continue', 'if (limit.isAllowed || limit.isExceeded || true) continue', 'infra/drivers/http.test.ts'),
  row('S7', 'wrong keys are counted', auth, 'if (wrong.waitOf(request.ip) !== null) throw', 'if (wrong.waitOf(request.ip) === -1) throw', keys),
  row('S8', 'https only', rules, "url.protocol !== 'https:' &&", "url.protocol === 'gopher:' &&", guardTests),
  row('S8', 'port 443 only', rules, "!isTrusted && url.port !== ''", "!isTrusted && url.port === '0'", guardTests),
  row('S8', 'no credentials in an address', rules, "url.username !== '' ||", "url.username === 'nobody' ||", guardTests),
  row('S8', 'every address is looked at', rules, 'for (const address of addresses) {', 'for (const address of addresses.slice(0, 1)) {', guardTests),
  row('S8', 'odd notations are inner ones', 'infra/drivers/guarded-fetch.ts', 'checkAddresses(target, await', '((_: unknown, all: readonly string[]) => all)(target, await', guardTests),
  row('S9', 'the checked address is the one called', 'infra/drivers/fetch-connect.ts', 'lookup: onlyThese(addresses),', '', guardTests),
  row('S9', 'three redirects', guard, 'const mostRedirects = 3', 'const mostRedirects = 30', guardTests),
  row('S9', 'each target is checked', guard, 'target = checkUrl(new URL(next, target.url).href, options.hosts, guard.trusts ?? nobody)', "target = { url: new URL(next, target.url), host: new URL(next, target.url).hostname, isTrusted: true }", guardTests),
  row('S9', 'credentials stay', guard, 'if (target.url.origin !== from) headers', "if (target.url.origin === 'x') headers", guardTests),
  row('S10', 'only listed hosts', rules, '!isTrusted && !hosts.some', 'hosts.length > 99 && !hosts.some', guardTests),
  row('S10', 'the bytes are those announced', 'connectors/whatsapp/files.ts', 'if (differs) return', 'if (differs && found.url === null) return', 'connectors/whatsapp/files.test.ts'),
  row('S10', 'the content says the type', 'api/upload.ts', 'inContainers[found]?.test(claimed) === true ? claimed : found', 'claimed', 'api/parts.test.ts'),
  row('S12', 'a file name cannot end its header', 'api/attachments.ts', '/[^\\x20-\\x7e]|["\\\\%]/g', '/[^\\x00-\\x7e]/g', 'api/parts.test.ts'),
  row('S13', 'a name is a label', 'core/rules/file-name.ts', ".replace(unsafe, '')", '', 'core/rules/file-name.test.ts'),
  row('S13', 'a download runs nothing', 'api/attachments.ts', "passive.test(file.type) ? file.type : 'application/octet-stream'", 'file.type', 'api/operation.int.test.ts'),
  row('S14', 'lines of the log stay lines', 'infra/drivers/log-redaction.ts', 'neutralise(maskPersons(maskCredentials(seen), isTechnical))', 'maskPersons(maskCredentials(seen), isTechnical)', 'infra/drivers/logger.test.ts'),
  row('S16', 'a secret is bound to its place', 'infra/drivers/envelope.ts', "Buffer.from(JSON.stringify(['inlet', ...place]))", "Buffer.from(JSON.stringify(['inlet', place.length > 0]))", 'infra/drivers/secrets.test.ts'),
  row('S17', 'a short master key stops the start', 'infra/drivers/master-key.ts', 'const shortest = 32', 'const shortest = 2', 'infra/settings.test.ts'),
  row('S17', 'a sample stops the start', 'infra/drivers/master-key.ts', 'if (samples.test(key)) return', 'if (samples.test(key) && key === "") return', 'infra/settings.test.ts'),
  row('S18', 'known secrets are hidden', 'infra/drivers/log-redaction.ts', 'secrets.redact(text, Math.min(text.length, longestText * 2))', 'text', 'infra/drivers/logger.test.ts'),
  row('S19', 'persons are masked', 'infra/drivers/log-redaction.ts', 'maskPersons(maskCredentials(seen), isTechnical)', 'maskCredentials(seen)', 'infra/drivers/logger.test.ts'),
  row('S21', 'certificates are verified', 'infra/drivers/fetch-connect.ts', 'rejectUnauthorized: true', 'rejectUnauthorized: false', guardTests),
  row('S24', 'an expired key ends', auth, 'key.expiresAt === null || clock.now() < key.expiresAt', 'key.expiresAt === null || clock.now() !== ""', keys),
  row('S24', 'a revoked key ends', auth, 'key.revokedAt === null && (', '(', keys),
  row('S24', 'and within a minute', auth, 'const believeMs = 15_000', 'const believeMs = 600_000', keys),
  row('S27', 'a key does not choose its workspace', auth, 'if (wanted !== null && wanted !== key.workspace) throw noWorkspace', 'if (wanted === "no") throw noWorkspace', keys),
  row('S29', 'other hosts are not answered', http, 'if (isOurs(request)) done()', "if (isOurs(request) || request.host !== 'x') done()", callers),
  row('S29', 'loopback by default', 'infra/settings-table.ts', "'127.0.0.1'", "'0.0.0.0'", 'infra/settings.test.ts'),
  row('S30', 'metrics need a key', http, 'await mayReadMetrics(request, auth)\n', 'void auth\n', callers),
  row('S30', 'a fault shows no words', 'api/problem.ts', "const detail = 'This failed on our side. The log line of this call has the id given as `instance`.'", 'const detail = String(error.stack)', keys),
  row('S34', 'an address nobody can read is a problem', http, 'frameworkErrors: (error', 'onConstructorPoisoning: "error" as never, frameworkErrorsOff: (error', callers),
  ...ofRules,
  ...ofAssignment,
  ...ofTheSpine,
  ...ofPeople,
  ...ofTriage,
  ...ofTheDesk,
] // prettier-ignore
