// Whom a machine does not answer: each guard alone, on a mail that would be answered without it (P10, P11, G21, D70).
import { describe, expect, it } from 'vitest'
import { after, start } from '../../test/support/given.ts'
import { autoReplyWorld, type Word } from '../../test/support/auto-reply-world.ts'

const told = (why: string) => [{ kind: 'mail', mayAnswerByMachine: false, mayNotBecause: why }]
const mail = (more: Partial<Word> = {}): Word => ({ id: 'm1', ...more })

it('P10 D11 the same mail without any of it is answered once', async () => {
  const on = autoReplyWorld()
  await on.comes(mail())
  expect(on.texts()).toEqual(['We have your mail, 1000.'])
  expect(on.withheld()).toEqual([])
})

describe('nothing is sent, and the history says why once', () => {
  const cases: readonly (readonly [string, Word, string])[] = [
    ['what says that it is automatic', mail({ data: { automatic: 'auto-submitted: auto-replied' } }), 'automatic'],
    ['what its channel lets no machine answer', mail({ data: { parts: told('it went to many') } }), 'sender'],
    ['an address of ours', mail({ from: 'help@shop.example' }), 'own_address'],
    ['no-reply', mail({ from: 'no-reply@bank.example' }), 'sender'],
    ['no_reply', mail({ from: 'no_reply@phone.example' }), 'sender'],
    ['do.not.reply', mail({ from: 'Do.Not.Reply@bank.example' }), 'sender'],
    ['the robot of one part of a house', mail({ from: 'jobs-noreply@network.example' }), 'sender'],
    ['the robot of another', mail({ from: 'orders_do-not-reply@shop.example' }), 'sender'],
    ['a mailer daemon', mail({ from: 'MAILER-DAEMON@mx.example' }), 'sender'],
    ['a bounce address', mail({ from: 'bounce+x1@lists.example' }), 'sender'],
    ['the owner of a list', mail({ from: 'owner-news@lists.example' }), 'sender'],
    ['the robot of a list', mail({ from: 'news-request@lists.example' }), 'sender'],
    ['what was written the day before yesterday', mail({ at: after({ days: -2 }) }), 'late'],
  ]
  it.each(cases)('P10 G21 %s', async (_name, word, code) => {
    const on = autoReplyWorld()
    await on.comes(word, start)
    await on.comes({ ...word, id: 'm2', thread: 'mail:m1' }, start)
    expect(on.texts()).toEqual([])
    expect(on.withheld()).toEqual([code])
    expect(on.events('ticket.auto_reply_withheld')[0]?.data.why).toMatch(/\S/)
  })

  it.each(['norely', 'casino-replyer', 'donatella', 'annoreply'])('P10 %s is a name like any other', async (name) => {
    const on = autoReplyWorld()
    await on.comes(mail({ from: `${name}@people.example` }))
    expect(on.texts()).toHaveLength(1)
  })

  it('P10 spam is not answered', async () => {
    const on = autoReplyWorld({
      rules: [
        {
          id: 'spam',
          name: 'Spam',
          weight: 0,
          isActive: true,
          on: 'created',
          fields: [],
          after: null,
          brands: null,
          channels: null,
          accounts: null,
          when: null,
          then: { status: 'spam' },
          version: 1,
        },
      ],
    })
    await on.comes(mail())
    expect([on.texts(), on.withheld()]).toEqual([[], ['spam']])
  })

  it('P10 P11 nor an address that takes nothing from machines any more', async () => {
    const on = autoReplyWorld()
    await on.comes(mail())
    const [contact] = on.world.contacts.values()
    on.world.contacts.set(contact!.id, {
      ...contact!,
      stops: [{ key: 'email:ada@people.example', subject: 'automatic_mail', why: 'undeliverable: 5.1.1', at: start }],
    })
    await on.comes(mail({ id: 'm2' }))
    expect([on.texts().length, on.withheld()]).toEqual([1, ['address_stopped']])
  })

  it('P10 nor somebody else who came into the conversation', async () => {
    const on = autoReplyWorld({ replies: [{ kind: 'outOfHours' }] })
    const night = '2026-11-20T20:00:00.000Z' as typeof start
    await on.comes(mail({ at: start }))
    await on.comes({ id: 'm2', from: 'eve@other.example', thread: 'mail:m1', at: night }, night)
    expect([on.texts(), on.withheld()]).toEqual([[], ['guest']])
  })
})

it.each(['replay', 'import'] as const)('D70 P10 what comes by %s is neither answered nor spoken of', async (origin) => {
  const on = autoReplyWorld()
  await on.comes(mail({ envelope: { origin } }))
  expect([on.texts(), on.withheld(), on.notes()]).toEqual([[], [], []])
})

it('D2 nor is a ticket that we opened', async () => {
  const on = autoReplyWorld()
  await on.agentWrites('ada@people.example', start)
  expect([on.texts(), on.withheld()]).toEqual([[], []])
})

it('B19 an account that cannot send is said, and nothing waits there until it can', async () => {
  const on = autoReplyWorld()
  const [[key, account]] = [...on.world.accounts] as [[string, NonNullable<ReturnType<typeof on.world.accounts.get>>]]
  on.world.accounts.set(key, { ...account, state: 'auth_failed' })
  await on.comes(mail())
  expect([on.texts(), on.withheld()]).toEqual([[], ['account_down']])
})

it('P16 where only a template may be written nothing is said, and the history says so', async () => {
  const on = autoReplyWorld({ replies: [{ kind: 'greeting' }] })
  on.world.kinds['dm'] = { ...on.world.kinds['dm']!, windows: [{ untilHours: 1e9, for: 'anyone', as: 'template' }] }
  await on.comes({ id: 'c1', from: '905321112233' })
  expect([on.texts(), on.withheld()]).toEqual([[], ['window_closed']])
})

it('P10 where everybody reads along a machine speaks only if it was sent there by name', async () => {
  const say = async (channels: readonly string[] | null) => {
    const on = autoReplyWorld({ replies: [{ kind: 'opened', channels }] })
    on.world.kinds['mail'] = { ...on.world.kinds['mail']!, visibility: 'public' }
    await on.comes(mail())
    return on.texts().length
  }
  expect([await say(null), await say(['pigeon'])]).toEqual([0, 1])
})

it('P10 what can be answered once is a person’s to answer', async () => {
  const on = autoReplyWorld({ replies: [{ channels: ['pigeon'] }] })
  on.world.kinds['mail'] = { ...on.world.kinds['mail']!, replies: 'one-final' }
  await on.comes(mail())
  expect([on.texts(), on.withheld()]).toEqual([[], ['one_answer']])
})
