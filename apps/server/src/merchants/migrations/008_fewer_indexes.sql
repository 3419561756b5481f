-- A payment names its intent: the way back needs no indexes of its own, which every payment would write twice.
DROP INDEX merchants.intent_payment, merchants.intent_top_up;
