-- How its customer confirmed a payment: {method, stepUpId, exemption, reasons}.
ALTER TABLE payments.payment ADD COLUMN authentication jsonb;
