"""From archive and ledger to what there is to do, cut into batches."""
