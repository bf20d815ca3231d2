// What the rules of a desk stand on: their order and scope, their index, what hostile expressions meet, the language that is told.
import { row, type Defence } from './defence.ts'

const room = 'core/rules/match'
const book = `${room}/rule-book.test.ts`
const patterns = `${room}/pattern.test.ts`
const check = `${room}/check.test.ts`
const tried = 'core/rules/triage/try-rule.ts'
const tries = 'api/rules-try.int.test.ts'

// prettier-ignore
export const ofRules: readonly Defence[] = [
  row('P14', 'rules come in the order of weight and id', `${room}/rule-book.ts`, '    .toSorted(byOrder)\n', '', book),
  row('D13', 'one that is not active is not asked', `${room}/rule-book.ts`, '    .filter(({ isActive }) => isActive)\n', '', book),
  row('P14', 'a change of a field that it does not name is none of its business', `${room}/rule-book.ts`, 'fields.some((it) => question.fields?.includes(it) === true)', 'true', book),
  row('D13', 'a rule stays in its scope', `${room}/compiled-rule.ts`, 'name !== null && names.includes(name)', 'name !== null', book),
  row('P14', 'of alternatives each is looked for, or all of them are asked', `${room}/cover.ts`, 'if (way === null) return null', 'if (way === null) continue', book),
  row('P14', 'one that fails is enough for a negated all', `${room}/tree.ts`, "'all' in condition !== isNot", "'all' in condition", book),
  row('S15', 'a row that is no rule takes no other along', `${room}/compiled-rule.ts`, 'if (error instanceof NotARule) return undefined', '', book),
  row('D15', 'İ I ı i are one letter', 'core/rules/fold.ts', ".replace(/[Iİı]/g, 'i')", '', 'core/rules/fold.test.ts'),
  row('D15', 'and in an expression', `${room}/pattern.ts`, ".replace(/[İı]/g, 'i')", '', patterns),
  row('S15', 'an expression is bounded in length', `${room}/pattern.ts`, 'source.length > patternLimits.units', 'source.length < 0', patterns),
  row('S15', 'and in what it comes to', `${room}/pattern.ts`, 'steps > patternLimits.steps', 'steps < 0', patterns),
  row('S15', 'where it was found is looked for within a bound', `${room}/pattern.ts`, 'text.slice(0, Math.floor(placeBudget / made.programSize()))', 'text', patterns),
  row('S15', 'conditions are nested so deep and no deeper', `${room}/check-condition.ts`, 'deep > treeLimits.deep', 'deep > 99', check),
  row('S15', 'and so many', `${room}/check-condition.ts`, 'room.tests -= 1', 'room.tests -= 0', check),
  row('B13', 'of hours that strike together each is told', `${room}/hours.ts`, ' || hour.place > pastPlace', '', `${room}/hours.test.ts`),
  row('D15', 'hours go by the clock of the brand', `${room}/clock.ts`, "clockOf(timezone ?? 'UTC')", "clockOf('UTC')", `${room}/facts.test.ts`),
  row('B3', 'of a header that stands there twice both are seen', `${room}/facts.ts`, 'before === undefined ? value : [before, value].flat()', 'value', `${room}/facts.test.ts`),
  row('D71', 'of two languages in one message none is told', 'core/rules/language.ts', 'isMixed(words, best.language, ranked) ? null', 'words === null ? null', 'core/rules/language.test.ts'),
  row('D71', 'of a word alone none is told', 'core/rules/language.ts', 'if (!saysEnough(words)) return null', '', 'core/rules/language.test.ts'),
  row('D71', 'of two that fit alike none is told', 'core/rules/language.ts', 'const clearly = 1.12', 'const clearly = 1', 'core/rules/language.test.ts'),
  row('P14', 'a draft that is tried gives way to what comes before it', tried, 'if (doer !== undefined && doer !== draft) return doer', '', tries),
  row('B13', 'and waits for its hour', tried, "on !== 'time' || struckBy", "on !== 'message' || struckBy", tries),
  row('S26', 'who tries a rule reads what customers wrote', 'api/rules-try.ts', "checkScope(caller, 'tickets:read', request)", '', tries),
]
