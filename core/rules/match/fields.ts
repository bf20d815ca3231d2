// Which fields and operators there are, of which kind; what an operator is called when it is asked the other way round.
import { conditionFields, headerField, operators, type FieldType, type Operator } from '../../../schemas/rule.ts'

/** Null: there is no such field. */
export function fieldType(field: string): FieldType | null {
  if (Object.hasOwn(conditionFields, field)) return conditionFields[field as keyof typeof conditionFields]
  return field.startsWith(headerField) && field.length > headerField.length ? 'words' : null
}
export const takes = (type: FieldType, op: string): boolean => (operators[type] as readonly string[]).includes(op)

/** Each negative operator says the exact opposite of a positive one, also of a field that is not set. */
const opposites: Readonly<Partial<Record<Operator, Operator>>> = {
  not_contains: 'contains',
  is_not: 'is',
  none_of: 'any_of',
  has_not: 'has',
  is_not_set: 'is_set',
  is_false: 'is_true',
  not_between: 'between',
}
export interface Asked {
  readonly op: Operator
  readonly isNot: boolean
}
export function positive(op: Operator): Asked {
  const opposite = opposites[op]
  return opposite === undefined ? { op, isNot: false } : { op: opposite, isNot: true }
}
const named = new Map(Object.entries(opposites).map(([negative, op]) => [op as string, negative]))
/** What a person is told: `not` of `contains` is `not_contains`. */
export const opName = ({ op, isNot }: Asked): string => (isNot ? (named.get(op) ?? `not_${op}`) : op)
