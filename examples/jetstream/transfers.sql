-- Transfers as the stream tells them, applied in any order, by any number of workers, any number of times.
-- Who is right is decided by the sequence of the message: the newest word about a log wins.

create table if not exists transfer (
  chain_id          bigint      not null,
  block_hash        text        not null,
  transaction_index integer     not null,
  log_index         integer     not null,
  block_number      bigint      not null,
  transaction_hash  text        not null,
  token             text        not null,
  sender            text        not null,
  recipient         text        not null,
  value             numeric(78) not null,
  present           boolean     not null,
  sequence          bigint      not null,
  primary key (chain_id, block_hash, transaction_index, log_index)
);

prepare apply (bigint, jsonb) as
insert into transfer
select (m->>'chainId')::bigint, m->>'blockHash', (m->>'transactionIndex')::integer, (m->>'logIndex')::integer,
       (m->>'blockNumber')::bigint, m->>'transactionHash', m->>'token', m->>'from', m->>'to',
       (m->>'value')::numeric, not (m->>'removed')::boolean, $1
  from (select $2 as m) message
on conflict (chain_id, block_hash, transaction_index, log_index)
do update set present = excluded.present, sequence = excluded.sequence
 where transfer.sequence < excluded.sequence;
