// Why something was done to a ticket, for whoever reads its history: a sentence for people, and the same for programs.
import Type from 'typebox'
import { text } from './shapes.ts'
import { Because } from './because.ts'

export const Why = {
  why: Type.Optional(text('For people: “Rule Complaints: message.text contains refund (found …)”.')),
  because: Type.Optional(Because),
}
