// What signing in and the roles of people stand on, each with the change that takes it out and the tests that must notice.
import { row, type Defence } from './defence.ts'

const auth = 'api/auth.ts'
const door = 'api/signing-in.ts'
const links = 'core/commands/invitations.ts'
const signIn = 'core/commands/sign-in.ts'
const slow = 'infra/drivers/passwords.ts'
const slowTests = 'infra/drivers/passwords.test.ts'
const sight = 'api/sight.ts'
const going = 'api/going-out.int.test.ts'
const part = 'api/part.int.test.ts'
const reach = 'core/rules/reach.ts'
const signing = 'api/signing-in.int.test.ts'
const seen = 'api/sight.int.test.ts'
const roles = 'api/roles.int.test.ts'
const rules = 'core/rules/roles.ts'
const rulesTests = 'core/rules/roles.test.ts'
const mailed = 'connectors/email/auto-replies.int.test.ts'
const walls = 'infra/migrations/0022-signing-in.sql'

export const ofPeople: readonly Defence[] = [
  row('S22', 'a hash is slow', slow, 'memoryKib: 19_456, passes: 2', 'memoryKib: 1_024, passes: 1', slowTests),
  row('S22', 'nobody costs as much as somebody', slow, 'const { work: its, salt, hash } = known ?? nobody', 'if (known === null) return false\n      const { work: its, salt, hash } = known', slowTests),
  row('S22', 'few at once', slow, 'if (busy >= most.atOnce) {', 'if (busy >= 1_000) {', slowTests),
  row('S22', 'and no more wait than may', slow, "if (waiting.length >= most.waiting) return 'busy'", '', slowTests),
  row('S22', 'a place comes back', slow, 'if (next === undefined) busy -= 1', 'if (next === undefined) busy -= 0', slowTests),
  row('S22', 'old work is known', slow, 'known.memoryKib < work.memoryKib || known.passes < work.passes', 'known.memoryKib < work.memoryKib', slowTests),
  row('S22', 'and made anew', door, 'deps.passwords.isWeak(known.hash) ?', 'deps.passwords.isWeak("") && known.hash === "" ?', signing),
  row('S22', 'the worst are not taken', 'api/signing-in.ts', 'if (why !== null) throw new Problem({ status: 422', 'if (why === "") throw new Problem({ status: 422', signing),
  row('S22', 'a short one is none', 'core/rules/password.ts', 'if (length < shortest)', 'if (length < 4)', 'core/rules/password.test.ts'),
  row('S22', 'digits for letters are seen through', 'core/rules/password.ts', ' || isMadeOf(withoutLeet(plain), known)', '', 'core/rules/password.test.ts'),
  row('S22', 'one’s own name is no secret', 'core/rules/password.ts', '...about.flatMap(wordsOf)', '...about.slice(99)', 'core/rules/password.test.ts'),
  row('D41', 'wrong ones are counted', door, 'refuseWhere(tries, names) // the others', '// the others', signing),
  row('D41', 'good ones are not', door, '    takeBack()\n    return { agent, hash, setAt }', '    return { agent, hash, setAt }', signing),
  row('D41', 'by e-mail too', door, '[JSON.stringify([workspace, folded(proof.email)]), placeOf(request.ip)]', '[placeOf(request.ip)]', signing),
  row('D41', 'and by address', door, ', placeOf(request.ip)]\n  refuse', ']\n  refuse', signing),
  row('D41', 'a network of IPv6 is one address', 'api/tries.ts', "if (!address.includes(':')) return address", "if (address !== '') return address", signing),
  row('S23', 'a session that nobody used is over', 'core/rules/sessions.ts', 'now < it.idleUntil && now', 'now', signing),
  row('S23', 'use keeps it', auth, 'noteSession(hash, session)\n', '', signing),
  row('S23', 'another password ends all', signIn, "  { do: 'end-sessions', agent },\n", '', signing),
  row('D47', 'whoever signs out of the last is not there any more', signIn, '        ...left.changes,\n', '', going),
  row('D47', 'a session that is over keeps nobody there', signIn, ' && isLive(it, moment.now)', '', going),
  row('S23', 'another role too', walls, 'old.role <> new.role or ', '', signing),
  row('S25', 'a link works once', signIn, "  { do: 'drop-invitation', agent },\n", '', signing),
  row('S25', 'the set-up link too', links, "        { do: 'drop-invitation', agent: null },\n", '', signing),
  row('S25', 'no second administrator by set-up', links, '    if (isSetUp) return alreadySetUp\n    const endsAt', '    const endsAt', signing),
  row('S25', 'another e-mail ends the link', walls, " or lower(old.email) <> lower(new.email)", '', signing),
  row('S25', 'a link that was mailed is not kept as it looked', 'core/runtime/keep-said.ts', 'if (delivery.outbound.sealed !== undefined) return Promise.resolve()', '', mailed),
  row('S25', 'a letter whose key cannot be asked for waits', 'core/runtime/attempt-delivery.ts', "if (isOfTheWorld(error)) return", "if (messageOf(error) === '') return", 'core/runtime/attempt-delivery.test.ts'),
  row('S25', 'nobody is mailed again and again', 'core/commands/invitation-mail.ts', '.length < mostAnHour) return null', '.length < 1e9) return null', mailed),
  row('S26', 'a supervisor is not over administrators', rules, "if (!isTop && target?.role === 'administrator')", "if (target?.role === 'agent' && target.brands?.length === 99)", rulesTests),
  row('S26', 'nor makes one', rules, "if (!isTop && next.role === 'administrator') return", "if (next.role === 'administrator' && target === undefined) return", rulesTests),
  row('S26', 'invitations ask who is over whom', links, 'if (why !== null) return notOver(why)', '', signing),
  row('S26', 'whoever is made or changed too', 'core/commands/agents.ts', "const why = whyNotOver(by, known, agent)\n    if (why !== null) return notOver(why)", '', signing),
  row('S26', 'and whoever is sent away', 'core/commands/agents.ts', "const why = whyNotOver(by, agent, agent)\n    if (why !== null) return notOver(why)", '', signing),
  row('S26', 'the last administrator stays one', 'core/commands/agents.ts', 'if (last !== null) return last\n', '', going),
  row('S26', 'and is not dropped', 'core/commands/agents.ts', "whyLastAdministrator({ known: agent, next: null, isAnother }, by) ??\n", '', going),
  row('S26', 'what is for people is not for keys', 'api/scopes.ts', 'if (caller.session === null) throw notAPerson', '', roles),
  row('S26', 'a role holds what its row says', rules, "agent: ['tickets:read',", "agent: ['keys:write', 'tickets:read',", roles),
  row('D56', 'an agent lists accounts without their settings', 'api/desk-reads.ts', "holds(asker.scopes, 'settings:read') ? shown : shown.map(named)", 'shown', roles),
  row('D54', 'who sees a part asks as one', sight, 'return sees === null ? all : saying(all.seenBy(sees), all)', 'return all', seen),
  row('D54', 'the database shows no other', 'infra/store/queries/reading.ts', ', client.query(asPart)', '', seen),
  row('D54', 'an event goes with its ticket', walls, "when event #>> '{data,ticket}' is not null or event ->> 'subject' like 'tkt\\_%' then exists (", 'when false then exists (', seen),
  row('D54', 'what others have is said to be theirs', sight, 'if (found === null && (await isThere()) !== null) throw notYours', 'void isThere', seen),
  row('D54', 'what is about the whole is for who sees it', sight, 'done(ofTheWhole)', 'calls.run(own(request), done)', roles),
  row('D54', 'a setting acts on brands that its maker sees', reach, 'if (!isOf(agent.brands, brands))', 'if (!isOf(null, brands))', part),
  row('D54', 'and on channels', reach, 'if (!isOf(agent.channels,', 'if (!isOf(null,', part),
  row('D54', 'any other way of a condition is more than theirs', reach, 'return each.includes(null) ? null :', 'return', part),
  row('D54', 'a rule of all is not taken over', 'core/commands/rules.ts', 'notTheirs(by, [known, rule], facts.desk)', 'notTheirs(by, [rule], facts.desk)', part),
  row('D54', 'nor dropped', 'core/commands/rules.ts', 'notTheirs(by, [rule], desk) ??', '', part),
  row('D54', 'a draft is tried on what they see', 'infra/store/queries/try-rule.ts', 'const page = await seen(', 'const page = await whole(', part),
  row('D54', 'nothing is done to what is not seen', sight, 'await queries.one(workspace, named[word as keyof typeof named], id)', 'void id', seen),
  row('D54', 'nothing is opened that would not be seen', sight, "await checkNew(body, caller, queries)", 'void checkNew', seen),
  row('D54', 'a stream ends with what it may show', 'api/event-stream.ts', 'return JSON.stringify(seesOf(caller)) === JSON.stringify(seesOf(callerOf(request)))', 'return caller !== null', seen),
  row('D54', 'what is written has its writer’s name', 'core/commands/reply.ts', 'name: by.agent?.name ?? null', 'name: null', seen),
  row('S26', 'an account of others is not brought under a brand of one’s own', 'core/commands/accounts.ts', '      notTheirs(by, known) ??\n', '', 'api/attacks.int.test.ts'),
  row('D47', 'of others, who may change them', rules, "if (!holds(by.scopes, 'people:write')) return", "if (!holds(by.scopes, 'people:write') && target.id === '') return", rulesTests),
] // prettier-ignore
