// What rules see of a mail as it is kept here: its words, whom it went to, and any of its headers (B3).
import { expect, it } from 'vitest'
import { emptyDesk, makeDesk } from '../../core/rules/make-desk.ts'
import { ruleFactsOf } from '../../core/rules/match/facts.ts'
import { makeRuleBook } from '../../core/rules/match/rule-book.ts'
import { messageRow, question, ruleRow, triageRow } from '../../test/support/make-rule.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import mail from './fixtures/text.expected.json' with { type: 'json' }

it('B3 D15 a rule may look at any header of a mail', () => {
  const [{ data: written }] = mail as unknown as readonly [
    { readonly data: Partial<MessageRow> & { readonly kind: string } },
  ]
  const row = triageRow({ message: messageRow({ ...written, kind: 'user' }), kind: written.kind })
  const facts = ruleFactsOf(row, makeDesk(emptyDesk))
  expect(facts).toMatchObject({
    'message.subject': 'Sipariş 42',
    'message.from': 'ana@people.example',
    'message.fromName': 'Ana Öz',
    'message.to': ['support@shop.example'],
    'message.kind': 'mail',
    'message.parts': ['mail'],
    'mail.header.from': 'Ana Öz <ana@people.example>',
    'mail.header.message-id': '<text-1@people.example>',
  })
  const rule = ruleRow({ when: { field: 'mail.header.from', op: 'contains', value: 'PEOPLE.example' } })
  expect(makeRuleBook({ rules: [rule] }).matches(question(facts))).toHaveLength(1)
})
