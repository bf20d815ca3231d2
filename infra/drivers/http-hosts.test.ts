// Which Host headers are answered, by where the process listens.
import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { makeHostCheck } from './http-hosts.ts'

const asked = (host: string, localAddress: string) => ({ host, socket: { localAddress } }) as FastifyRequest
const none = { publicUrl: null, allowedHosts: [] }

describe('the Host header', () => {
  it('S29 on one address only that address, and localhost where it is a loopback one', () => {
    const check = makeHostCheck({ host: '127.0.0.1', ...none })
    const answered = (host: string) => check(asked(host, '127.0.0.1'))
    expect(['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST'].map(answered)).toEqual([true, true, true])
    expect(['10.0.0.7', 'rebind.example', 'localhost.rebind.example', '[::1]', ''].map(answered)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
  })
  it('S29 on every interface any number, since a number is no stranger’s name, but no name that was not allowed', () => {
    const check = makeHostCheck({
      host: '0.0.0.0',
      publicUrl: 'https://inlet.example',
      allowedHosts: ['gate.internal'],
    })
    const answered = (host: string) => check(asked(host, '172.17.0.2'))
    for (const host of [
      '127.0.0.1:8080',
      '192.168.1.5',
      '[fe80::1]:80',
      'localhost',
      'inlet.example',
      'gate.internal:99',
      'inlet.example.',
    ])
      expect(answered(host), host).toBe(true)
    for (const host of ['rebind.example', '127.0.0.1.nip.example', '0x7f000001', '2130706433'])
      expect(answered(host), host).toBe(false)
  })
  it('S29 over IPv6 the very address of the connection', () => {
    const check = makeHostCheck({ host: '::1', ...none })
    expect(check(asked('[::1]:8080', '::1'))).toBe(true)
    expect(check(asked('[::2]:8080', '::1'))).toBe(false)
    expect(makeHostCheck({ host: '10.0.0.5', ...none })(asked('10.0.0.5', '::ffff:10.0.0.5'))).toBe(true)
  })
})
