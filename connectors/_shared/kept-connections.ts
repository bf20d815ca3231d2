// Connections to vendors that are used again: for a moment and a number of calls, so that we end them and not the vendor.
import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'

/**
 * A vendor that closes a kept connection in the moment we write to it leaves a reply "perhaps sent", which costs a person's time. Servers
 * close what lay idle for some seconds or what has served for minutes or hundreds of calls; ours never lives to see either.
 */
const idleMs = 1_000
const callsEach = 50

export function keptConnections(tls: https.AgentOptions): { readonly http: http.Agent; readonly https: https.Agent } {
  const options = { keepAlive: true, timeout: idleMs, maxFreeSockets: 64 }
  return {
    http: forSomeCalls(new http.Agent(options)),
    https: forSomeCalls(new https.Agent({ ...options, ...tls })),
  }
}

/** `keepSocketAlive` is Node's own place for this (nodejs.org/api/http.html, 2026-11): false, and the connection is ended. */
function forSomeCalls<A extends http.Agent>(agent: A): A {
  const used = new WeakMap<Duplex, number>()
  const keeps = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean
  // Its type in @types/node forgets that it answers.
  agent.keepSocketAlive = (socket): boolean => {
    const calls = (used.get(socket) ?? 0) + 1
    used.set(socket, calls)
    return calls < callsEach && keeps(socket)
  }
  return agent
}
