// Every metric there is: its name, kind, labels and meaning. What is not here is not published.

export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly seconds?: readonly number[]
}

const counter = (help: string, ...labels: readonly string[]): Metric => ({ kind: 'counter', help, labels })
const gauge = (help: string, ...labels: readonly string[]): Metric => ({ kind: 'gauge', help, labels })
const histogram = (help: string, seconds: readonly number[], ...labels: readonly string[]): Metric => ({
  kind: 'histogram',
  help,
  labels,
  seconds,
})

const short = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const long = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/**
 * Published as `inlet_<name>`, counters with `_total` behind (M1, M2). What always holds, over all labels:
 *   received = accepted + refused
 *   accepted = handled + duplicate + parked, for each worker that reads the type, once the log is drained
 */
export const metrics: Readonly<Record<string, Metric>> = {
  received: counter('Events that came, and calls that were refused. received = accepted + refused.', 'channel'),
  accepted: counter('Events that are durable in the log, so that their vendor got its answer.', 'channel', 'type'),
  refused: counter('Calls that were not taken, by reason; the vendor keeps what was in them.', 'channel', 'reason'),
  door_turned_away: counter(
    'Calls answered 503 or 429, by reason; one that was only late may still become received and accepted.',
    'reason',
  ),
  duplicate: counter('Events a worker had met before and let pass.', 'worker'),
  handled: counter('Events a worker decided on, effect committed.', 'worker'),
  parked: counter('Events a worker set aside; see /v1/parked.', 'worker'),
  foreign: counter(
    'Records a worker found in its topics that are no events of Inlet, passed over where they lie.',
    'worker',
  ),
  quarantined: counter('Items of accepted calls that could not be read; see /v1/parked.', 'channel'),
  conflicts: counter('Transactions taken again because another one was faster.', 'worker'),
  sent: counter('Replies a vendor took.', 'channel'),
  failed: counter('Replies that were given up or that a vendor refused.', 'channel'),
  unsure: counter('Replies of which nobody knows whether they were sent; a person decides.', 'channel'),
  retried: counter('Sends put off and tried again.', 'channel', 'reason'),
  files: counter('Attachments fetched, by outcome.', 'outcome', 'channel'),
  relayed: counter('Events that went from the outbox into the log.'),
  woken: counter('Wake-ups that came due and became events.'),
  requests: counter('Calls to this gateway, by the pattern of their path.', 'method', 'route', 'status'),
  metric_faults: counter('Metrics or labels asked for that are not on the list, or failed to be read.', 'name'),
  lag_seconds: gauge('Age of the oldest event a worker has not handled.', 'worker', 'partition'),
  lag_events: gauge('Events a worker has not handled.', 'worker', 'partition'),
  waiting_tickets: gauge('Tickets that wait for an agent.', 'channel'),
  waiting_seconds: gauge('How long the oldest of them waits; 0: none does.', 'channel'),
  agents: gauge('Active agents, by whether they are there.', 'presence'),
  accounts: gauge('Channel accounts by health.', 'channel', 'state'),
  answer_seconds: histogram("From a vendor's call to its answer.", short, 'channel', 'status'),
  append_seconds: histogram('One append to the log.', short),
  handle_seconds: histogram('One batch of a worker.', short, 'worker'),
  send_seconds: histogram('One call of a vendor.', long, 'channel'),
  fetch_seconds: histogram('One attachment fetched.', long, 'channel'),
  request_seconds: histogram('From a call of the API to its answer.', short, 'method', 'route', 'status'),
}
