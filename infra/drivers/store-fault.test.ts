// Every kind of database error has the treatment it deserves, and no row's value gets into its words.
import { DatabaseError } from 'pg'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import { storeFault } from './store-fault.ts'

function fromServer(code: string, message = 'words', more: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code, ...more })
}
const fromNode = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe('storeFault', () => {
  it.each([
    ['40001', 'store.conflict'],
    ['40P01', 'store.conflict'],
    ['23505', 'store.conflict'],
    ['23P01', 'store.conflict'],
    ['55P03', 'store.conflict'],
    ['40003', 'store.unavailable'],
    ['08006', 'store.unavailable'],
    ['25006', 'store.unavailable'],
    ['25P03', 'store.unavailable'],
    ['25P04', 'store.unavailable'],
    ['26000', 'store.unavailable'],
    ['28P01', 'store.unavailable'],
    ['3D000', 'store.unavailable'],
    ['53100', 'store.unavailable'],
    ['53300', 'store.unavailable'],
    ['57014', 'store.unavailable'],
    ['57P01', 'store.unavailable'],
    ['57P03', 'store.unavailable'],
    ['58030', 'store.unavailable'],
    ['XX000', 'store.unavailable'],
    ['22021', 'event.invalid'],
    ['22P02', 'event.invalid'],
    ['23502', 'event.invalid'],
    ['23503', 'event.invalid'],
    ['23514', 'event.invalid'],
    ['54000', 'event.invalid'],
    ['42501', 'worker.fault'],
    ['42P01', 'worker.fault'],
    ['42601', 'worker.fault'],
    ['P0001', 'worker.fault'],
  ])('F4 SQLSTATE %s is %s', (sqlState, code) => {
    expect(storeFault(fromServer(sqlState)).code).toBe(code)
  })

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'])(
    'F4 Node’s %s is store.unavailable',
    (code) => {
      expect(storeFault(fromNode(code)).code).toBe('store.unavailable')
    },
  )

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'Query read timeout',
  ])('F4 the client’s "%s" is store.unavailable', (words) => {
    expect(storeFault(new Error(words)).code).toBe('store.unavailable')
  })

  it('F4 a host with several addresses that all refuse is store.unavailable', () => {
    const both = new AggregateError([fromNode('ECONNREFUSED'), fromNode('ECONNREFUSED')])
    expect(storeFault(both).code).toBe('store.unavailable')
  })

  it('G18 a plan that a migration made stale is tried again, another unsupported thing is a mistake of ours', () => {
    expect(storeFault(fromServer('0A000', 'cached plan must not change result type')).code).toBe('store.unavailable')
    expect(storeFault(fromServer('0A000', 'cannot do that')).code).toBe('worker.fault')
  })

  it('a mistake in the program is a fault of the worker, never retried for ever', () => {
    expect(storeFault(new TypeError('x is not a function')).code).toBe('worker.fault')
    expect(storeFault('just words').code).toBe('worker.fault')
  })

  it('what is one of our faults already stays that very one', () => {
    const ours = new GatewayError('event.invalid', 'no such blob')
    expect(storeFault(ours)).toBe(ours)
  })

  it('S19 names what was refused and never the value: not from the words, not from the detail', () => {
    const error = fromServer('22P02', 'invalid input syntax for type uuid: "ayse@example.test"', {
      detail: 'Key (address)=(ayse@example.test) already exists.',
      table: 'contact',
      constraint: 'contact_pkey',
    })
    const fault = storeFault(error)
    expect(JSON.stringify([fault.message, fault.about])).not.toContain('ayse')
    expect(fault.about).toEqual({ sqlState: '22P02', table: 'contact', constraint: 'contact_pkey' })
    expect(fault.cause).toBe(error)
  })
})
