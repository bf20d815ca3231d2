// The two endpoints that are polled: mentions, which take a place to begin at, and direct messages, which do not.
import { pollOf } from './poll.ts'

const authors = ['author_id', 'attachments.media_keys'] as const
const media = ['media_key', 'type', 'url', 'preview_image_url', 'variants'] as const
const people = ['id', 'username', 'name'] as const

/** 300 pages in 15 minutes, and only the newest 800 mentions (sheet section 3.5). Eight pages are all of them. */
export const mentions = pollOf({
  name: 'mentions',
  usualSeconds: 60,
  seconds: (settings) => settings.pollMentionsSeconds,
  ask: (account, since, next) => (v2) =>
    v2.userMentionTimeline(account.settings.userId, {
      since_id: since,
      max_results: 100,
      ...(next === undefined ? {} : { pagination_token: next }),
      'tweet.fields': [
        'created_at',
        'conversation_id',
        'author_id',
        'in_reply_to_user_id',
        'referenced_tweets',
        'entities',
        'attachments',
        'note_tweet',
        'edit_history_tweet_ids',
      ] as never,
      expansions: [...authors],
      'media.fields': [...media],
      'user.fields': [...people],
    }),
  reserve: 0,
  mostPages: 8,
  mostItems: 800,
  days: null,
  expired: '',
  lost: 'More than 800 mentions came since the last look: X shows no older ones. What the webhook told is here; look through the account’s mentions at x.com for the rest.',
})

export const messageFields = {
  'dm_event.fields': [
    'id',
    'event_type',
    'text',
    'sender_id',
    'dm_conversation_id',
    'created_at',
    'attachments',
    'participant_ids',
    'referenced_tweets',
  ] as never,
  expansions: ['sender_id', 'attachments.media_keys'] as never,
  'media.fields': [...media],
  'user.fields': [...people],
}

/** 15 pages in 15 minutes, 30 days back, no place to begin at: back until what is known (sheet section 3.5). */
export const messages = pollOf({
  name: 'messages',
  usualSeconds: 120,
  seconds: (settings) => settings.pollMessagesSeconds,
  ask: (_account, _since, next) => (v2) =>
    v2.listDmEvents({
      max_results: 100,
      ...(next === undefined ? {} : { pagination_token: next }),
      event_types: ['MessageCreate', 'ParticipantsJoin', 'ParticipantsLeave'],
      ...messageFields,
    }),
  reserve: 2,
  mostPages: 60,
  mostItems: Number.POSITIVE_INFINITY,
  days: 30,
  expired:
    'X shows direct messages of the last 30 days, and the last look was before that. What the webhook told is here; look through the messages in the X app for the rest.',
  lost: 'More than 6,000 direct messages came since the last look, and reading further back would take hours of X’s limit. What the webhook told is here; look through them in the X app for the rest.',
})
