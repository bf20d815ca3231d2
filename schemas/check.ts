// Compiled checks of events: one for the envelope, one a type, made on first use.
import { Compile, type Validator } from 'typebox/compile'
import { EnvelopeSchema, dataSchemas, isKnownType, schemaVersion, type AnyEvent, type EventType } from './events.ts'

const compiled = new Map<string, Validator>()
function checkOf(name: EventType | 'envelope'): Validator {
  let check = compiled.get(name)
  if (check === undefined) {
    check = Compile(name === 'envelope' ? EnvelopeSchema : dataSchemas[name]) as unknown as Validator
    compiled.set(name, check)
  }
  return check
}

/** Why this is not an event this build can read, or null when it is. Versions and types this build does not know are refused, not guessed (G18). */
export function whyNotAnEvent(value: unknown): string | null {
  const { type } = (value ?? {}) as { readonly type?: unknown }
  if (typeof type === 'string' && !isKnownType(type)) return `this build knows no events of type ${type.slice(0, 100)}`
  const envelope = checkOf('envelope')
  if (!envelope.Check(value)) return `the envelope: ${firstError(envelope, value)}`
  const event = value as AnyEvent
  if (event.version > schemaVersion || event.version < schemaVersion - 1)
    return `version ${event.version} of ${event.type}; this build reads ${Math.max(1, schemaVersion - 1)} to ${schemaVersion}`
  const data = checkOf(event.type)
  return data.Check(event.data) ? null : `${event.type}: ${firstError(data, event.data)}`
}

function firstError(check: Validator, value: unknown): string {
  const [error] = check.Errors(value)
  return error === undefined ? 'does not fit its schema' : `${error.instancePath || 'data'} ${error.message}`
}
