// SPDX-License-Identifier: MIT
// MSI-X table and pending bits with their masks: PCI Local Bus Specification 3.0, 6.8.2 and 6.8.3;
// PCI Express Base Specification 3.0, 6.1.4.
//
// Bus: an operation is taken at the rising edge at which op_valid is 1; its answer stands behind that
// edge, with ans_valid. One operation touches one entry, one a clock. Operations and answers are those
// of model/port/msix.h. Nothing is clocked between operations. rst_n clears the answer only: every
// entry is made valid by OP_RESET.
//
// Not modelled: the message on its way, per-vector steering tags.
module msix_table #(
	parameter int VECTORS = 64,              // a multiple of 64
	localparam int VEC_W   = $clog2(VECTORS),
	localparam int GROUPS  = VECTORS / 64,
	localparam int GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
	input  logic             clk,
	input  logic             rst_n,
	input  logic             enable,         // MSI-X Enable, and the function is bus master
	input  logic             function_mask,

	input  logic             op_valid,
	input  logic [2:0]       op,
	input  logic [VEC_W-1:0] op_vector,      // of READ_PENDING and RELEASE: any of the group of 64
	input  logic [1:0]       op_word,        // WRITE: address low, high, data, control
	input  logic [31:0]      op_value,       // WRITE

	output logic             ans_valid,
	output logic [63:0]      ans_value,      // READ: words 1:0 or 3:2; READ_PENDING: 64 bits
	output logic             ans_send,       // send this message:
	output logic [VEC_W-1:0] ans_vector,
	output logic [63:0]      ans_address,
	output logic [31:0]      ans_data,
	output logic             ans_more        // RELEASE: more of the group may be sent
);
	localparam logic [2:0] OP_RESET        = 3'd0, OP_WRITE   = 3'd1, OP_READ_PENDING = 3'd3,
			       OP_RAISE        = 3'd4, OP_RELEASE = 3'd5;   // OP_READ = 2
	localparam logic [1:0] WORD_LOW = 2'd0, WORD_HIGH = 2'd1, WORD_DATA = 2'd2,
			       WORD_CONTROL = 2'd3;

	logic [29:0] low     [VECTORS];          // messages are aligned to 4 bytes (6.8.2.7)
	logic [31:0] high    [VECTORS];
	logic [31:0] data    [VECTORS];
	logic [63:0] mask    [GROUPS];
	logic [63:0] pending [GROUPS];

	logic [GROUP_W-1:0] group;
	logic [VEC_W-1:0]   vector;              // the entry that is touched
	logic [63:0]        mask_was, pending_was, ready, entry_bit, mask_next, pending_next;
	logic [5:0]   first;               // of `ready`
	logic               mask_bit, send;

	if (VECTORS > 64) begin : g_groups
		assign group = op_vector[VEC_W-1:6];
	end else begin : g_one
		assign group = '0;
	end

	always_comb begin
		mask_was = mask[group];
		pending_was = pending[group];
		ready = pending_was & ~mask_was;
		first = '0;
		for (int i = 63; i >= 0; i--)
			if (ready[i])
				first = i[5:0];

		vector = op_vector;
		if (op == OP_RELEASE)
			vector[5:0] = first;
		entry_bit = 64'd1 << vector[5:0];
		mask_bit = |(mask_was & entry_bit);
		mask_next = mask_was;
		pending_next = pending_was;
		send = 1'b0;
		case (op)
		OP_RESET: begin                  // masked, and nothing waits (6.8.2.9)
			mask_next = mask_was | entry_bit;
			pending_next = pending_was & ~entry_bit;
		end
		OP_WRITE:
			if (op_word == WORD_CONTROL) begin
				mask_next = op_value[0] ? mask_was | entry_bit
							: mask_was & ~entry_bit;
				send = enable && !function_mask && !op_value[0] &&
				       |(pending_was & entry_bit);
			end
		OP_RAISE:
			if (enable) begin
				send = !function_mask && !mask_bit;
				pending_next = pending_was | entry_bit;
			end
		OP_RELEASE:
			send = enable && !function_mask && |ready;
		default: ;
		endcase
		if (send)                        // 6.8.3.5
			pending_next = pending_was & ~entry_bit;
	end

	always_ff @(posedge clk) begin
		if (op_valid && op == OP_RESET) begin
			low[vector] <= '0;
			high[vector] <= '0;
			data[vector] <= '0;
		end else if (op_valid && op == OP_WRITE) begin
			if (op_word == WORD_LOW)
				low[vector] <= op_value[31:2];
			if (op_word == WORD_HIGH)
				high[vector] <= op_value;
			if (op_word == WORD_DATA)
				data[vector] <= op_value;
		end
		if (op_valid) begin
			mask[group] <= mask_next;
			pending[group] <= pending_next;
		end
		ans_valid <= rst_n && op_valid;
		ans_send  <= rst_n && op_valid && send;
		ans_more  <= rst_n && op_valid && op == OP_RELEASE && send &&
			     |(ready & ~entry_bit);
		ans_vector <= vector;
		ans_address <= {high[vector], low[vector], 2'b00};
		ans_data <= data[vector];
		if (op == OP_READ_PENDING)
			ans_value <= pending_was;
		else if (op_word[1])
			ans_value <= {31'b0, mask_bit, data[vector]};
		else
			ans_value <= {high[vector], low[vector], 2'b00};
	end

`ifndef SYNTHESIS
	always_ff @(posedge clk)
		if (rst_n && op_valid) begin
			assert (op <= OP_RELEASE) else $error("no such operation");
			assert (int'(op_vector) < VECTORS) else $error("no such vector");
			assert (!(send && (!enable || function_mask))) else $error("sent although masked");
			assert (!(send && op != OP_WRITE && mask_bit)) else $error("sent although masked");
			assert (!(send && |(pending_next & entry_bit))) else $error("sent and waits");
		end
`endif
endmodule
