import { Button, Group, Modal, Radio, Select, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { attendanceChanged, useUndoCorrection, type WrongRecord } from "./corrections";
import { ProblemAlert } from "./ProblemAlert";
import { useDraft } from "./useDraft";
import { useSchoolTime } from "./useSchoolTime";

/** Asks who it was whom a record names wrongly. Shown while there is a record. */
export function CorrectionDialog({ record, onClose }: { record: WrongRecord | null; onClose: () => void }) {
  const { t } = useTranslation("corrections");
  return (
    <Modal opened={!!record} onClose={onClose} title={t("title")} closeButtonProps={{ "aria-label": t("common:close") }}>
      {record && <Form record={record} onDone={onClose} />}
    </Modal>
  );
}

function Form({ record, onDone }: { record: WrongRecord; onDone: () => void }) {
  const { t } = useTranslation("corrections");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [draft, setDraft, forget] = useDraft(`correction/${record.id}`, {
    who: "student" as "student" | "nobody",
    student: null as Choice | null,
    reason: "",
  });
  const name = record.full_name ?? record.student_id;
  const correct = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/attendance/{id}/correction", {
        params: { path: { id: record.id } },
        body: { student_id: draft.who === "student" ? draft.student!.value : null, reason: draft.reason.trim() },
      });
    },
    onSuccess: async () => {
      forget();
      notifications.show({
        message: <Corrected text={t("corrected", { name })} record={record.id} />,
        color: "green",
        autoClose: 15_000,
      });
      onDone();
      await attendanceChanged(client);
    },
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        correct.mutate();
      }}
    >
      <Stack>
        <Text>{t("text", { name, at: times.dateTime(record.at) })}</Text>
        <Radio.Group
          label={t("who")}
          required
          value={draft.who}
          onChange={(who) => setDraft((d) => ({ ...d, who: who as "student" | "nobody" }))}
        >
          <Group mt={6} gap="sm">
            <Radio value="student" label={t("student")} />
            <Radio value="nobody" label={t("nobody")} />
          </Group>
        </Radio.Group>
        {draft.who === "student" && (
          <StudentSelect
            label={t("rightStudent")}
            without={record.student_id}
            value={draft.student}
            onChange={(student) => setDraft((d) => ({ ...d, student }))}
          />
        )}
        <Textarea
          label={t("reason")}
          description={t("reasonWhy")}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={draft.reason}
          onChange={(e) => {
            const reason = e.currentTarget.value;
            setDraft((d) => ({ ...d, reason }));
          }}
        />
        <ProblemAlert error={correct.error} />
        <Button type="submit" loading={correct.isPending} disabled={!draft.reason.trim() || (draft.who === "student" && !draft.student)}>
          {t("correct")}
        </Button>
      </Stack>
    </form>
  );
}

/** What is told once a name is corrected, with the way back. */
function Corrected({ text, record }: { text: string; record: string }) {
  const { t } = useTranslation("corrections");
  const undo = useUndoCorrection();
  return (
    <Group justify="space-between">
      <Text size="sm">{text}</Text>
      <Button size="compact-sm" variant="light" loading={undo.isPending} disabled={undo.isSuccess} onClick={() => undo.mutate(record)}>
        {t("undo")}
      </Button>
    </Group>
  );
}

type Choice = { value: string; label: string };

/** A student by name or id, found while typing. */
function StudentSelect({
  label,
  without,
  value,
  onChange,
}: {
  label: string;
  without: string;
  value: Choice | null;
  onChange: (student: Choice | null) => void;
}) {
  const { t } = useTranslation("corrections");
  const [typed, setTyped] = useState("");
  // What was chosen is written into the field too, and is no search.
  const [q] = useDebouncedValue(typed === value?.label ? "" : typed, 200);
  const found = useQuery({
    queryKey: ["students", "search", q],
    queryFn: async () => (await api.GET("/api/v1/students", { params: { query: { q, limit: 20 } } })).data!.items,
    placeholderData: keepPreviousData,
  });
  const data: Choice[] = (found.data ?? [])
    .filter((s) => s.id !== without)
    .map((s) => ({ value: s.id, label: [s.full_name ?? s.id, s.class_name].filter(Boolean).join(", ") }));
  // What was chosen stays shown, whether or not it is among those found now.
  if (value && !data.some((d) => d.value === value.value)) data.unshift(value);
  return (
    <>
      <Select
        label={label}
        placeholder={t("find")}
        required
        searchable
        data={data}
        filter={({ options }) => options}
        value={value?.value ?? null}
        onChange={(chosen) => onChange(data.find((d) => d.value === chosen) ?? null)}
        onSearchChange={setTyped}
        nothingFoundMessage={t("noneFound")}
        maxDropdownHeight={260}
      />
      <ProblemAlert error={found.error} retry={() => void found.refetch()} />
    </>
  );
}
